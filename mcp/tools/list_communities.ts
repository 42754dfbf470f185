import { z } from 'zod';
import { REFERENCE_MAX_CHARS } from '#kernel/limits.ts';
import { listFields } from '#orchestrator/services/shapes/common.ts';
import { limitArgument, pagingArguments, queryAliases } from './shared/arguments.ts';
import { defineTool } from './shared/define.ts';
import { CONTENT_READ } from './shared/hints.ts';

export const listCommunities = defineTool({
  name: 'list_communities',
  title: 'List communities',
  description: 'Lists the communities of the account with their number of groups.',
  toolset: 'communities',
  scope: 'wa:read',
  hints: CONTENT_READ,
  untrusted: true,
  input: z.strictObject({
    query: z.string().max(REFERENCE_MAX_CHARS).optional().describe('Part of the name.'),
    limit: limitArgument(20, 100),
    ...pagingArguments,
  }),
  output: z.object({
    communities: z.array(z.object({ jid: z.string(), name: z.string().optional(), group_count: z.number() })),
    total: z.number(),
    ...listFields,
  }),
  argumentAliases: { ...queryAliases, name: 'query' },
  info: {
    whenToUse: 'To see which communities there are; get_community_groups lists the groups of one.',
    examples: [{ title: 'All', arguments: {} }],
    errors: ['INVALID_CURSOR'],
    related: ['get_community_groups', 'list_groups'],
    pitfalls: ['A community itself holds no messages; its groups do.'],
  },
  run: (args, { services }) => services.groups.communities(args),
});
