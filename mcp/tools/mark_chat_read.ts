import { z } from 'zod';
import { chatAliases, chatArgument } from './shared/arguments.ts';
import { defineTool } from './shared/define.ts';
import { messagesTold, notInHistory, toldFields } from './shared/marking.ts';

export const markChatRead = defineTool({
  name: 'mark_chat_read',
  title: 'Mark a chat as read',
  description:
    'Marks a whole chat as read on all own devices and, unless the settings forbid it, sends read receipts to the senders. The senders see that; do it only when the user wants it.',
  toolset: 'chats',
  scope: 'wa:send',
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
  untrusted: true,
  input: z.strictObject({ chat: chatArgument }),
  output: z.object({
    chat_jid: z.string(),
    chat_name: z.string().optional(),
    marked_count: z.number().describe('Messages that were unread.'),
    messages_told: messagesTold,
    not_in_history: notInHistory,
    ...toldFields,
  }),
  argumentAliases: chatAliases,
  aliases: [{ name: 'mark_chat_read_v2' }],
  info: {
    whenToUse: 'When the user has dealt with a chat and wants its unread count gone.',
    examples: [{ title: 'By name', arguments: { chat: 'Book club' } }],
    errors: ['CHAT_NOT_FOUND', 'RECIPIENT_AMBIGUOUS', 'NOT_CONNECTED', 'NOT_AUTHENTICATED'],
    related: ['list_chats', 'list_messages', 'mark_messages_read', 'fetch_history'],
    pitfalls: [
      'Reading messages with other tools marks nothing as read.',
      'receipts partly or none: the chat is read, but senders of messages that were never fetched were not told; hint says how to. To tell all, fetch_history first.',
      'receipts failed: the chat is read, but not all senders could be told; receipts_error says why.',
    ],
  },
  run: (args, { services, signal }) => services.markChatRead(args, signal),
});
