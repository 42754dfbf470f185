import { z } from 'zod';
import { chatAliases, chatArgument } from './shared/arguments.ts';
import { defineTool } from './shared/define.ts';

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
    marked_count: z.number(),
    receipts_sent: z.number(),
    receipts: z.enum(['sent', 'off', 'none-needed', 'failed']),
    receipts_error: z.string().optional(),
    notice: z.literal('EMPTY_CHAT').optional(),
  }),
  argumentAliases: chatAliases,
  aliases: [{ name: 'mark_chat_read_v2' }],
  info: {
    whenToUse: 'When the user has dealt with a chat and wants its unread count gone.',
    examples: [{ title: 'By name', arguments: { chat: 'Book club' } }],
    errors: ['CHAT_NOT_FOUND', 'RECIPIENT_AMBIGUOUS', 'NOT_CONNECTED', 'NOT_AUTHENTICATED'],
    related: ['list_chats', 'list_messages', 'mark_messages_read'],
    pitfalls: [
      'Reading messages with other tools marks nothing as read.',
      'receipts failed: the chat is read, but not all senders could be told; receipts_error says why.',
    ],
  },
  run: (args, { services, signal }) => services.markChatRead(args, signal),
});
