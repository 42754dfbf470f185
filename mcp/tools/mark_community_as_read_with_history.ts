import { z } from 'zod';
import { PATIENCE_MAX_SECONDS } from '#sync-jobs/kinds/patience.ts';
import { communityAliases, communityArgument } from './shared/arguments.ts';
import { defineTool } from './shared/define.ts';
import { phonePitfall } from './shared/fetching.ts';
import { waitArgument } from './shared/job.ts';
import {
  communityErrors,
  dryRunArgument,
  markCommunity,
  markingFields,
  markingTool,
  receiptsArgument,
} from './shared/marking.ts';

export const markCommunityAsReadWithHistory = defineTool({
  name: 'mark_community_as_read_with_history',
  title: 'Fetch a community, then mark it as read',
  description:
    'Fetches the history of every group of a community, then marks group by group as read, so that all senders are told. Answers at once with a job; facts.steps tells how each step went, get_bulk_sync_status each group.',
  ...markingTool,
  input: z.strictObject({
    community: communityArgument,
    sync_timeout: z
      .int()
      .min(1)
      .max(PATIENCE_MAX_SECONDS)
      .optional()
      .describe(
        'Seconds for which history may be fetched, pauses not counted; then marking begins with what is there, and other senders are not told. Default: enough for ten pages a group at the pace of the settings (30 a group as they come), at least 300.',
      ),
    receipts: receiptsArgument,
    dry_run: dryRunArgument,
    wait_s: waitArgument(0),
  }),
  output: z.object(markingFields),
  argumentAliases: communityAliases,
  info: {
    whenToUse:
      'Like mark_community_as_read, when also messages that were never fetched must be told as read.',
    examples: [
      { title: 'Up to ten minutes of history', arguments: { community: 'Neighbours', sync_timeout: 600 } },
    ],
    errors: [...communityErrors],
    related: ['mark_community_as_read', 'get_job', 'get_bulk_sync_status', 'cancel_sync', 'resume_sync'],
    pitfalls: [
      phonePitfall,
      'senders_untold in the result: messages_told of marked were told, hint says what to do about the others.',
      'facts.history moves while history is fetched, and says within how many seconds marking begins.',
      'A second call while it runs joins the same job; the patience of the first stays.',
    ],
  },
  run: (request, context) => markCommunity({ ...request, with_history: true }, context),
});
