import { z } from 'zod';
import { listFields } from '#orchestrator/services/shapes/common.ts';
import { groupShape } from '#orchestrator/services/shapes/group.ts';
import { limitArgument, pagingArguments } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { CONTENT_READ } from './shared/hints.ts';

export const listGroups = defineTool({
  name: 'list_groups',
  title: 'List groups',
  description:
    'Lists the groups of the account with size, own role, unread count and the community they belong to.',
  toolset: 'groups',
  scope: 'wa:read',
  hints: CONTENT_READ,
  untrusted: true,
  input: z.strictObject({
    limit: limitArgument(20, 100),
    ...pagingArguments,
    include_last_message: z
      .boolean()
      .default(false)
      .describe('Add the newest message, cut to 60 characters.'),
  }),
  output: z.object({ groups: z.array(brief(groupShape)), total: z.number(), ...listFields }),
  argumentAliases: { includeLastMessage: 'include_last_message' },
  aliases: [{ name: 'get_joined_groups' }],
  info: {
    whenToUse: 'To see which groups there are. To find one by name use list_chats with groups_only.',
    examples: [{ title: 'The first 20', arguments: {} }],
    errors: ['INVALID_CURSOR'],
    related: ['get_group_info', 'list_communities', 'list_chats'],
    pitfalls: [],
  },
  run: (args, { services }) => services.groups.list(args),
});
