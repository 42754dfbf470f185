import { z } from 'zod';
import { listFields, partyShape } from '#orchestrator/services/shapes/common.ts';
import { groupShape } from '#orchestrator/services/shapes/group.ts';
import { communityAliases, communityArgument, limitArgument, pagingArguments } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { CONTENT_READ } from './shared/hints.ts';

export const getCommunityGroups = defineTool({
  name: 'get_community_groups',
  title: 'Groups of a community',
  description: 'Lists the groups of one community, its announcement group included.',
  toolset: 'communities',
  scope: 'wa:read',
  hints: CONTENT_READ,
  untrusted: true,
  input: z.strictObject({
    community: communityArgument,
    limit: limitArgument(100, 200),
    ...pagingArguments,
  }),
  output: z.object({
    community: partyShape,
    groups: z.array(brief(groupShape)),
    total: z.number(),
    ...listFields,
  }),
  argumentAliases: communityAliases,
  info: {
    whenToUse: 'To see what a community consists of.',
    examples: [{ title: 'By name', arguments: { community: 'Neighbours' } }],
    errors: [
      'COMMUNITY_NOT_FOUND',
      'NOT_A_COMMUNITY',
      'RECIPIENT_AMBIGUOUS',
      'INVALID_JID',
      'INVALID_CURSOR',
    ],
    related: ['list_communities', 'get_group_info', 'mark_community_as_read'],
    pitfalls: ['A group that belongs to a community is not itself one: NOT_A_COMMUNITY.'],
  },
  run: (args, { services, signal }) => services.groups.ofCommunity(args, signal),
});
