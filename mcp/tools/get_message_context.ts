import { z } from 'zod';
import { partyShape } from '#orchestrator/services/shapes/common.ts';
import { messageShape } from '#orchestrator/services/shapes/message.ts';
import { chatArgument, messageIdAliases, messageIdArgument } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { CONTENT_READ } from './shared/hints.ts';

const SIDE_DEFAULT = 5;
const sideArgument = z.int().min(0).max(50).optional();

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
    before: sideArgument.describe(`How many before it; default ${SIDE_DEFAULT}.`),
    after: sideArgument.describe(`How many after it; default ${SIDE_DEFAULT}.`),
    limit: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe('Size of the whole window, the message in its middle; instead of before and after.'),
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
  run: ({ before, after, limit, ...args }, { services }) => {
    // The older half is the smaller one: what came after a message usually tells more.
    const around = limit === undefined ? null : limit - 1;
    return services.messages.context({
      ...args,
      before: before ?? (around === null ? SIDE_DEFAULT : Math.floor(around / 2)),
      after: after ?? (around === null ? SIDE_DEFAULT : Math.ceil(around / 2)),
    });
  },
});
