import type { ServiceContext } from '../context.ts';
import { createGroupInfo } from './info.ts';
import { createGroupLists } from './lists.ts';

export type Groups = ReturnType<typeof createGroups>;

/** Groups and communities. */
export function createGroups(context: ServiceContext) {
  const lists = createGroupLists(context);
  return {
    info: createGroupInfo(context),
    list: lists.groups,
    communities: lists.communities,
    ofCommunity: lists.communityGroups,
  };
}
