import { z } from 'zod';
import { WAIT_DEFAULT_SECONDS, WAIT_MAX_SECONDS } from '#orchestrator/services/messages/wait.ts';
import { messageShape } from '#orchestrator/services/shapes/message.ts';
import { chatAliases, chatArgument, contactArgument } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { CONTENT_READ } from './shared/hints.ts';

export const waitForMessage = defineTool({
  name: 'wait_for_message',
  title: 'Wait for a message',
  description:
    'Waits for the next message that somebody writes from now on, in any chat or in one, from anybody or from one person. ' +
    'One call waits up to 20 s; status waiting means that the time is not over: call again with resume_token alone, nothing in between is missed. Marks nothing as read.',
  toolset: 'history',
  scope: 'wa:read',
  hints: CONTENT_READ,
  untrusted: true,
  input: z.strictObject({
    timeout: z
      .int()
      .min(1)
      .max(WAIT_MAX_SECONDS)
      .optional()
      .describe(`How many seconds in all, over all calls; ${WAIT_DEFAULT_SECONDS} by default.`),
    chat: chatArgument.optional(),
    from: contactArgument.optional(),
    include_own: z.boolean().optional().describe('Also what this account writes, here or on another device.'),
    resume_token: z
      .string()
      .max(2_000)
      .optional()
      .describe('Goes on with a wait; from its last answer, with no other argument.'),
  }),
  output: z.object({
    status: z.enum(['received', 'waiting']),
    message: brief(messageShape).optional(),
    resume_token: z.string().optional(),
    waited_s: z.number(),
    remaining_s: z.number(),
  }),
  argumentAliases: {
    ...chatAliases,
    from_phone: 'from',
    sender: 'from',
    timeout_seconds: 'timeout',
    timeout_sec: 'timeout',
  },
  info: {
    whenToUse: 'When an answer is expected within minutes. For what was written before, use list_messages.',
    examples: [
      { title: 'An answer from one person', arguments: { from: '+4915112345678', timeout: 120 } },
      { title: 'Whatever comes next in a group', arguments: { chat: 'Book club' } },
    ],
    errors: [
      'WAIT_TIMEOUT',
      'CHAT_NOT_FOUND',
      'CONTACT_NOT_FOUND',
      'RECIPIENT_NOT_FOUND',
      'RECIPIENT_AMBIGUOUS',
      'INVALID_CURSOR',
    ],
    related: ['list_messages', 'get_chat', 'get_connection_status'],
    pitfalls: [
      'A wait begins when it is called: what comes between two waits is in list_messages with after.',
      'Without chat, stories do not count; without a connected engine nothing can come.',
      'Messages of history that is being fetched do not count, only what is written from now on.',
    ],
  },
  run: (args, { services, signal, progress }) => services.messages.wait(args, signal, progress),
});
