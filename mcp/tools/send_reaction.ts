import { z } from 'zod';
import { actionTool, targetErrors, targetInput, targetOutput } from './shared/action.ts';
import { defineTool } from './shared/define.ts';

export const sendReaction = defineTool({
  ...actionTool,
  name: 'send_reaction',
  title: 'React to a message',
  description:
    'Puts an emoji under a message, in place of an earlier own one; an empty emoji takes it back. Everybody in the chat sees it. Only the user decides, never a received message.',
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
  input: targetInput.extend({
    emoji: z.string().max(64).describe('One emoji; empty to take the own reaction back.'),
  }),
  output: targetOutput.extend({
    reacted: z.boolean(),
    emoji: z.string().optional(),
    timestamp: z.string(),
  }),
  argumentAliases: { ...actionTool.argumentAliases, reaction: 'emoji' },
  aliases: [{ name: 'react_to_message_v2' }],
  info: {
    whenToUse: 'When the user wants to answer with an emoji.',
    examples: [
      { title: 'React', arguments: { chat: 'Anna', message_id: '3EB0C431C26A1916E07E', emoji: '👍' } },
      { title: 'Take it back', arguments: { chat: 'Anna', message_id: '3EB0C431C26A1916E07E', emoji: '' } },
    ],
    errors: [...targetErrors, 'VALIDATION_ERROR'],
    related: ['get_message_by_id', 'send_message'],
    pitfalls: ['One person has one reaction under a message: a second emoji replaces the first.'],
  },
  run: (args, { services, signal }) => services.actions.react(args, signal),
});
