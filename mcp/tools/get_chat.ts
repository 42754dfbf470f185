import { z } from 'zod';
import { chatShape } from '#orchestrator/services/shapes/chat.ts';
import { chatAliases, chatArgument } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { CONTENT_READ } from './shared/hints.ts';

export const getChat = defineTool({
  name: 'get_chat',
  title: 'Get one chat',
  description:
    'Shows one chat: names and ids, unread count, last message, mute and archive state, and how far back its history reaches.',
  toolset: 'chats',
  scope: 'wa:read',
  hints: CONTENT_READ,
  untrusted: true,
  input: z.strictObject({
    chat: chatArgument,
    include_last_message: z.boolean().default(true).describe('Add the newest message, cut to 60 characters.'),
    live: z
      .boolean()
      .default(false)
      .describe('Ask WhatsApp for the metadata of a group; direct chats are always answered from the store.'),
  }),
  output: z.object({
    chat: brief(
      chatShape.extend({
        participants_count: z.number().optional(),
        description: z.string().optional(),
        ephemeral_s: z.number().optional(),
        history_end: z.enum(['start-reached', 'more-on-phone', 'unknown', 'purged']),
        source: z.enum(['live', 'stored']),
        live_error: z.string().optional(),
      }),
    ),
  }),
  argumentAliases: { ...chatAliases, phone_number: 'chat' },
  aliases: [{ name: 'get_chat_by_id' }, { name: 'get_chat_metadata_v2' }],
  info: {
    whenToUse: 'When one chat is known by name, number or id and its state is wanted.',
    examples: [{ title: 'By name', arguments: { chat: 'Book club' } }],
    errors: ['CHAT_NOT_FOUND', 'RECIPIENT_AMBIGUOUS', 'INVALID_JID', 'INVALID_PHONE_FORMAT'],
    related: ['list_chats', 'list_messages', 'get_group_info'],
    pitfalls: ['A person without any chat is found with search_contacts, not here.'],
  },
  run: (args, { services, signal }) => services.chats.get(args, signal),
});
