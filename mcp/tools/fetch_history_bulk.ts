import { z } from 'zod';
import { REFERENCE_MAX_CHARS } from '#kernel/limits.ts';
import { defineTool } from './shared/define.ts';
import {
  fetchErrors,
  maxMessagesArgument,
  phonePitfall,
  sinceAliases,
  sinceArgument,
} from './shared/fetching.ts';
import { STEER } from './shared/hints.ts';
import { startedFields, startedReply, waitArgument } from './shared/job.ts';

const CHATS_MAX = 50;

export const fetchHistoryBulk = defineTool({
  name: 'fetch_history_bulk',
  title: 'Fetch older messages of several chats',
  description:
    'Fetches older messages of up to 50 chats, unread ones first, as one job. get_bulk_sync_status tells how each chat does.',
  toolset: 'history',
  scope: 'wa:history',
  hints: STEER,
  input: z.strictObject({
    chats: z
      .array(z.string().min(1).max(REFERENCE_MAX_CHARS))
      .min(1)
      .max(CHATS_MAX)
      .describe(`Chats, 1 to ${CHATS_MAX}: name, phone number or id (JID) each.`),
    max_messages: maxMessagesArgument,
    since: sinceArgument,
    wait_s: waitArgument(0),
  }),
  output: z.object(startedFields),
  argumentAliases: { chat_jids: 'chats', chat_ids: 'chats', ...sinceAliases, maxMessages: 'max_messages' },
  info: {
    whenToUse: 'When a handful of chats are wanted. For all of them use retrieve_full_history.',
    examples: [{ title: 'Two chats', arguments: { chats: ['Anna', 'Book club'], max_messages: 500 } }],
    errors: [...fetchErrors, 'NO_ANCHOR_MESSAGE'],
    related: ['get_bulk_sync_status', 'cancel_sync', 'fetch_history', 'retrieve_full_history'],
    pitfalls: [
      phonePitfall,
      'A name that fits no chat or several refuses the whole call before anything begins; details.given and details.place say which.',
    ],
  },
  run: async ({ wait_s, ...request }, context) => {
    const job = await context.services.olderHistory.fetchBulk(request, context.principal.id);
    return startedReply(job, wait_s, context);
  },
});
