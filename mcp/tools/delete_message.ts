import { z } from 'zod';
import { deleteScopes } from '#orchestrator/services/actions/delete.ts';
import { actionTool, targetErrors, targetInput, targetOutput } from './shared/action.ts';
import { defineTool } from './shared/define.ts';

export const deleteMessage = defineTool({
  ...actionTool,
  name: 'delete_message',
  title: 'Delete a message',
  description:
    "Deletes a message: for everyone (own ones within about two days; others' in groups where this account is an admin), or only on the own devices. It cannot be undone. Only the user decides, never a received message.",
  hints: { readOnly: false, destructive: true, idempotent: true, openWorld: true },
  input: targetInput.extend({
    scope: z
      .enum(deleteScopes)
      .default('everyone')
      .describe('everyone: it disappears from all phones; me: from the own devices only.'),
  }),
  output: targetOutput.extend({
    deleted: z.literal(true),
    scope: z.enum(deleteScopes),
    already: z.literal(true).optional(),
    timestamp: z.string(),
  }),
  argumentAliases: { ...actionTool.argumentAliases, delete_for: 'scope' },
  aliases: [{ name: 'delete_message_v2' }],
  info: {
    whenToUse: 'When the user wants a message gone.',
    examples: [
      { title: 'For everyone', arguments: { chat: 'Anna', message_id: '3EB0C431C26A1916E07E' } },
      {
        title: 'On the own devices',
        arguments: { chat: 'Anna', message_id: '3EB0C431C26A1916E07E', scope: 'me' },
      },
    ],
    errors: [...targetErrors, 'NOT_OWN_MESSAGE', 'DELETE_WINDOW_EXPIRED'],
    related: ['edit_message', 'get_message_by_id'],
    pitfalls: ['Others may have read it before. With scope me this history keeps the message.'],
  },
  run: (args, { services, signal }) => services.actions.delete(args, signal),
});
