import { z } from 'zod';
import { partyShape } from '#orchestrator/services/shapes/common.ts';
import { messageShape } from '#orchestrator/services/shapes/message.ts';
import { chatArgument, messageIdAliases, messageIdArgument } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { CONTENT_READ } from './shared/hints.ts';

const sideArgument = z.int().min(0).max(50).default(5);

export const getMessageContext = defineTool({
  name: 'get_message_context',
  title: 'Messages around a message',
  description: 'Shows what was written in the same chat before and after one message, oldest first.',
  toolset: 'messages',
  scope: 'wa:read',
  hints: CONTENT_READ,
  untrusted: true,
  input: z.strictObject({
    message_id: messageIdArgument,
    chat: chatArgument.optional(),
    before: sideArgument.describe('How many before it.'),
    after: sideArgument.describe('How many after it.'),
  }),
  output: z.object({
    chat: partyShape,
    before: z.array(brief(messageShape)),
    target: brief(messageShape),
    after: z.array(brief(messageShape)),
    target_index: z.number(),
  }),
  argumentAliases: { ...messageIdAliases, context_before: 'before', context_after: 'after' },
  info: {
    whenToUse: 'To understand a hit of search_messages.',
    examples: [
      { title: 'Five on each side', arguments: { message_id: '3EB0C431C26A1916E07E', chat: 'Anna' } },
    ],
    errors: ['MESSAGE_NOT_FOUND', 'MESSAGE_AMBIGUOUS', 'CHAT_NOT_FOUND'],
    related: ['get_message_by_id', 'search_messages'],
    pitfalls: [],
  },
  run: (args, { services }) => services.messages.context(args),
});
