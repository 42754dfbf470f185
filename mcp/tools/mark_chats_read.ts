import { z } from 'zod';
import { REFERENCE_MAX_CHARS } from '#kernel/limits.ts';
import { MARK_CHATS_MAX } from '#sync-jobs/kinds/mark-read.ts';
import { defineTool } from './shared/define.ts';
import { waitArgument } from './shared/job.ts';
import {
  dryRunArgument,
  markingErrors,
  markingFields,
  markingReply,
  markingTool,
  receiptsArgument,
} from './shared/marking.ts';

export const markChatsRead = defineTool({
  name: 'mark_chats_read',
  title: 'Mark several chats as read',
  description:
    'Marks several chats as read as one job; a chat that fails does not stop the rest. For one chat mark_chat_read is enough.',
  ...markingTool,
  input: z.strictObject({
    chats: z
      .array(z.string().min(1).max(REFERENCE_MAX_CHARS))
      .min(1)
      .max(MARK_CHATS_MAX)
      .describe(`Chats, 1 to ${MARK_CHATS_MAX}: name, phone number or id (JID) each.`),
    receipts: receiptsArgument,
    dry_run: dryRunArgument,
    wait_s: waitArgument(15),
  }),
  output: z.object(markingFields),
  argumentAliases: { chat_jids: 'chats', chat_ids: 'chats' },
  info: {
    whenToUse: 'To clear the unread of many chats at once.',
    examples: [{ title: 'Count first', arguments: { chats: ['Book club', 'Anna'], dry_run: true } }],
    errors: [...markingErrors],
    related: ['mark_chat_read', 'mark_community_as_read', 'get_bulk_sync_status', 'fetch_history'],
    pitfalls: [
      'Senders of messages that were never fetched cannot be told: dry_run counts them as not_in_history, the result says senders_untold. fetch_history first.',
      'A name that fits no chat or several refuses the whole call before anything is marked; details.given and details.place say which.',
    ],
  },
  run: async ({ wait_s, ...request }, context) => {
    const answer = await context.services.longActions.markChats(request, context.principal.id);
    return markingReply(answer, wait_s, context);
  },
});
