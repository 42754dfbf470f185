import { z } from 'zod';
import { chatStateErrors, chatStateInput, chatStateOutput, chatStateTool } from './shared/chat-state.ts';
import { defineTool } from './shared/define.ts';

const YEAR_SECONDS = 365 * 24 * 60 * 60;

export const muteChat = defineTool({
  ...chatStateTool,
  name: 'mute_chat',
  title: 'Mute a chat',
  description:
    'Keeps a chat from notifying, for a time or until it is unmuted, on all own devices. Messages still arrive, and nobody else sees it.',
  input: chatStateInput.extend({
    duration_seconds: z
      .int()
      .min(0)
      .max(YEAR_SECONDS)
      .default(0)
      .describe('How long; 0 = until unmuted. Usual: 28800 (8 hours), 86400 (a day), 604800 (a week).'),
  }),
  output: chatStateOutput.extend({ muted_until: z.string().optional() }),
  argumentAliases: {
    ...chatStateTool.argumentAliases,
    duration: 'duration_seconds',
    mute_duration: 'duration_seconds',
  },
  info: {
    whenToUse: 'When the user does not want to be disturbed by a chat.',
    examples: [
      { title: 'Until unmuted', arguments: { chat: 'Book club' } },
      { title: 'For eight hours', arguments: { chat: 'Book club', duration_seconds: 28_800 } },
    ],
    errors: [...chatStateErrors],
    related: ['unmute_chat', 'archive_chat'],
    pitfalls: ['Without muted_until in the result the chat stays muted until it is unmuted.'],
  },
  run: ({ duration_seconds, ...args }, { services, signal }) =>
    services.chatStates.mute(args, duration_seconds, signal),
});
