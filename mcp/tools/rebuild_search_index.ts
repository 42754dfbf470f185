import { z } from 'zod';
import { defineTool } from './shared/define.ts';
import { startedFields, startedReply, waitArgument } from './shared/job.ts';

export const rebuildSearchIndex = defineTool({
  name: 'rebuild_search_index',
  title: 'Rebuild the search index',
  description:
    'Builds the full-text index anew from the stored messages, as a job, while everything else goes on. Until its end searches are slower and say that they are degraded.',
  toolset: 'admin',
  scope: 'wa:admin',
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({ wait_s: waitArgument(15) }),
  output: z.object(startedFields),
  info: {
    whenToUse: 'When searches answer with degraded_reason FTS_UNAVAILABLE, or run_diagnostics says so.',
    examples: [{ title: 'Rebuild', arguments: {} }],
    errors: [],
    related: ['run_diagnostics', 'search_messages', 'get_job'],
    pitfalls: [
      'A million messages take minutes; nothing is lost when it is cancelled, search just stays slow.',
    ],
  },
  run: async ({ wait_s }, context) =>
    startedReply(await context.services.longActions.rebuildSearch(context.principal.id), wait_s, context),
});
