import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { engineLevels } from '#engines/contract/state.ts';
import { engineArgument } from './shared/arguments.ts';
import { defineTool } from './shared/define.ts';

export const getQrCode = defineTool({
  name: 'get_qr_code',
  title: 'Show the QR code',
  description:
    'Returns the QR code that waits to be scanned now, as a picture. Linked already, or no QR yet: it says so instead of failing. It starts nothing: authenticate does.',
  toolset: 'admin',
  scope: 'wa:admin',
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({ engine: engineArgument.optional() }),
  output: z.object({
    engine: engineNameSchema,
    qr_available: z.boolean(),
    state: z.enum([...engineLevels, 'unreachable']),
    qr_expires_at: z.string().optional(),
    page_url: z.string().optional(),
    next_step: z.string(),
  }),
  info: {
    whenToUse: 'After authenticate, when the QR shown has run out and WhatsApp made a newer one.',
    examples: [{ title: 'The newest QR', arguments: {} }],
    errors: ['VALIDATION_ERROR'],
    related: ['authenticate', 'get_connection_status'],
    pitfalls: ['A QR lives some 20 seconds; the page in page_url renews it by itself.'],
  },
  run: (args, { services }) => services.linking.qrCode(args),
});
