import { z } from 'zod';
import { messageShape } from '#orchestrator/services/shapes/message.ts';
import { chatArgument, maxTextArgument, messageIdAliases, messageIdArgument } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { CONTENT_READ } from './shared/hints.ts';

export const getMessageById = defineTool({
  name: 'get_message_by_id',
  title: 'Get one message',
  description:
    'Shows one message in full: whole text, earlier texts before edits, reactions, mentions, and which engine saw it.',
  toolset: 'messages',
  scope: 'wa:read',
  hints: CONTENT_READ,
  untrusted: true,
  input: z.strictObject({
    message_id: messageIdArgument,
    chat: chatArgument.optional(),
    max_text: maxTextArgument,
  }),
  output: z.object({
    message: brief(messageShape),
    revisions: z.array(z.object({ text: z.string().optional(), at: z.string() })).optional(),
  }),
  argumentAliases: messageIdAliases,
  info: {
    whenToUse: 'When an id is known and a list showed the text cut (text_truncated).',
    examples: [{ title: 'Within a chat', arguments: { message_id: '3EB0C431C26A1916E07E', chat: 'Anna' } }],
    errors: ['MESSAGE_NOT_FOUND', 'MESSAGE_AMBIGUOUS', 'CHAT_NOT_FOUND'],
    related: ['get_message_context', 'list_messages'],
    pitfalls: ['Two chats can hold the same id: give chat after MESSAGE_AMBIGUOUS.'],
  },
  run: (args, { services }) => services.messages.get(args),
});
