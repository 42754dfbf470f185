import { z } from 'zod';
import { engineNameSchema, engineNames } from '#engines/contract/capability.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { errorShape } from './shared/error-shape.ts';

export const logout = defineTool({
  name: 'logout',
  title: 'Unlink WhatsApp for good',
  description:
    'Unlinks the device from the WhatsApp account for good and destroys its credentials; linking again needs the phone. Stored messages are kept. Ask the user first.',
  toolset: 'admin',
  scope: 'wa:admin',
  hints: { readOnly: false, destructive: true, idempotent: true, openWorld: true },
  input: z.strictObject({
    engine: z
      .enum([...engineNames, 'all'])
      .default('all')
      .describe('Engine to unlink.'),
    confirm: z.boolean().default(false).describe('Must be true, after the user agreed.'),
    idempotency_key: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('Accepted from other clients; logging out twice does no more than once.'),
  }),
  output: z.object({
    engines: z.array(
      brief(
        z.object({
          engine: engineNameSchema,
          was_linked: z.boolean(),
          unlinked_on_server: z.boolean(),
          session_deleted: z.boolean(),
          error: errorShape.optional(),
        }),
      ),
    ),
    messages_kept: z.literal(true),
  }),
  argumentAliases: { idempotencyKey: 'idempotency_key' },
  aliases: [{ name: 'disconnect' }],
  info: {
    whenToUse: 'Only when the user wants to end the link. A lost connection repairs itself.',
    examples: [{ title: 'Unlink everything', arguments: { confirm: true } }],
    errors: ['VALIDATION_ERROR', 'LOGOUT_PARTIAL'],
    related: ['authenticate', 'get_connection_status'],
    pitfalls: [
      'It is permanent, also under its other name disconnect.',
      'LOGOUT_PARTIAL: remove the device on the phone by hand.',
    ],
  },
  run: (args, { services, signal }) => services.logout(args, signal),
});
