import { z } from 'zod';
import { communityAliases, communityArgument } from './shared/arguments.ts';
import { defineTool } from './shared/define.ts';
import { waitArgument } from './shared/job.ts';
import {
  communityErrors,
  dryRunArgument,
  markCommunity,
  markingFields,
  markingTool,
  receiptsArgument,
} from './shared/marking.ts';

export const markCommunityAsRead = defineTool({
  name: 'mark_community_as_read',
  title: 'Mark a community as read',
  description:
    'Marks every group of a community as read, one after the other; a group that fails does not stop the rest. Small ones are often done when it answers; else it answers with a job that goes on.',
  ...markingTool,
  input: z.strictObject({
    community: communityArgument,
    receipts: receiptsArgument,
    dry_run: dryRunArgument,
    wait_s: waitArgument(15),
  }),
  output: z.object(markingFields),
  argumentAliases: communityAliases,
  info: {
    whenToUse: 'When the unread messages of a whole community are of no interest any more.',
    examples: [
      { title: 'Count first', arguments: { community: 'Neighbours', dry_run: true } },
      { title: 'Mark', arguments: { community: 'Neighbours' } },
    ],
    errors: [...communityErrors],
    related: [
      'mark_community_as_read_with_history',
      'get_bulk_sync_status',
      'cancel_sync',
      'list_communities',
    ],
    pitfalls: [
      'Senders of messages that were never fetched cannot be told: dry_run counts them as not_in_history, the result says senders_untold. mark_community_as_read_with_history fetches first.',
      'In the result marked, messages_told, not_in_history and skipped count messages, receipts_sent receipts: one tells one sender of many messages. skipped got no receipt: not in the history, or older than the newest 1000 of the chat.',
      'Marking tells the senders, as opening the chats on the phone would, unless receipts says otherwise.',
      'get_bulk_sync_status with the job_id tells what happened in each group.',
    ],
  },
  run: (request, context) => markCommunity({ ...request, with_history: false }, context),
});
