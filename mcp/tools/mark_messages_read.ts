import { z } from 'zod';
import { REFERENCE_MAX_CHARS } from '#kernel/limits.ts';
import { skipReasons } from '#orchestrator/services/mark-messages.ts';
import { chatAliases, chatArgument, contactArgument } from './shared/arguments.ts';
import { defineTool } from './shared/define.ts';
import { messagesTold, notInHistory, toldFields } from './shared/marking.ts';

const IDS_MAX = 500;

export const markMessagesRead = defineTool({
  name: 'mark_messages_read',
  title: 'Mark messages as read',
  description:
    'Tells the senders of single messages that these were read; without message_ids marks the whole chat. The senders see that; do it only when the user wants it. With receipts switched off in the settings nobody is told, and the messages count as read here only.',
  toolset: 'actions',
  scope: 'wa:send',
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
  untrusted: true,
  input: z.strictObject({
    chat: chatArgument,
    message_ids: z
      .array(z.string().min(1).max(REFERENCE_MAX_CHARS))
      .min(1)
      .max(IDS_MAX)
      .optional()
      .describe(`Ids of messages of this chat, up to ${IDS_MAX}. Without: the whole chat.`),
    sender: contactArgument.describe('Only messages of this person: name, number or id.').optional(),
  }),
  output: z.object({
    chat_jid: z.string(),
    chat_name: z.string().optional(),
    marked: z.number().describe('Messages.'),
    messages_told: messagesTold.optional(),
    not_in_history: notInHistory.optional(),
    ...toldFields,
    skipped: z.array(z.object({ id: z.string(), reason: z.enum(skipReasons) })),
  }),
  argumentAliases: {
    ...chatAliases,
    messageIds: 'message_ids',
    ids: 'message_ids',
    sender_jid: 'sender',
    participant: 'sender',
  },
  aliases: [
    { name: 'mark_as_read', mapInput: oneOrMany },
    { name: 'mark_message_read_v2', mapInput: oneOrMany },
  ],
  info: {
    whenToUse: 'When the user has dealt with some messages of a chat. For all of it use mark_chat_read.',
    examples: [
      { title: 'Two messages', arguments: { chat: 'Anna', message_ids: ['3EB0C431C26A1916E07E', '3EB0A1'] } },
    ],
    errors: [
      'CHAT_NOT_FOUND',
      'MESSAGE_NOT_FOUND',
      'CONTACT_NOT_FOUND',
      'RECIPIENT_AMBIGUOUS',
      'NOT_CONNECTED',
    ],
    related: ['mark_chat_read', 'list_messages'],
    pitfalls: [
      'skipped says why a message was left out; the others are marked nevertheless. ALREADY_TOLD: its sender knows, and is not told again.',
      'Not every engine can mark single messages; CAPABILITY_UNAVAILABLE names those that can. mark_chat_read works with all.',
    ],
  },
  run: async ({ message_ids, ...args }, { services, signal }) => {
    if (message_ids !== undefined) return services.markMessagesRead({ ...args, message_ids }, signal);
    const { data, ...reply } = await services.markChatRead({ chat: args.chat }, signal);
    const { marked_count, ...rest } = data;
    return { ...reply, data: { ...rest, marked: marked_count, skipped: [] } };
  },
});

/** Other servers take one id, or several, under either name. */
function oneOrMany(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { message_id, ...rest } = args;
  const ids = rest.message_ids ?? message_id;
  if (ids === undefined) return rest;
  return { ...rest, message_ids: Array.isArray(ids) ? ids : [ids] };
}
