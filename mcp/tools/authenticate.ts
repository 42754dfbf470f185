import { z } from 'zod';
import { engineNameSchema, engineNames } from '#engines/contract/capability.ts';
import { defineTool } from './shared/define.ts';

export const authenticate = defineTool({
  name: 'authenticate',
  title: 'Link WhatsApp',
  description:
    'Links this service to a WhatsApp account, or reconnects it. With phone_number it returns a code to type on the phone, without it a QR code to scan. ' +
    'Call it again with wait_for_link to wait for the phone; a valid code or QR is reused, not renewed. Already connected: says so and changes nothing.',
  toolset: 'session',
  scope: 'wa:admin',
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
  input: z.strictObject({
    phone_number: z
      .string()
      .max(40)
      .optional()
      .describe('Number of the account in international form, to link by code instead of QR.'),
    engine: z
      .enum([...engineNames, 'all'])
      .optional()
      .describe('Engine to link; default: the first that is not linked. Engines are linked one at a time.'),
    wait_for_link: z
      .boolean()
      .default(false)
      .describe('Wait some 18 s for the phone; call again to go on waiting.'),
    link_timeout_sec: z
      .int()
      .min(15)
      .max(600)
      .optional()
      .describe('Give up after this many seconds; default from the settings.'),
    poll_interval_sec: z
      .int()
      .min(2)
      .max(60)
      .default(5)
      .describe('How often progress is reported while waiting.'),
    force: z
      .boolean()
      .default(false)
      .describe('Make a new code or QR although one is valid or the engine is connected.'),
  }),
  output: z.object({
    state: z.enum(['linked', 'code_issued', 'qr_issued', 'reconnecting']),
    engine: engineNameSchema,
    code: z.string().optional(),
    code_expires_at: z.string().optional(),
    qr_expires_at: z.string().optional(),
    qr_data_uri: z.string().optional(),
    qr_file: z.string().optional(),
    page_url: z.string().optional(),
    own_jid: z.string().optional(),
    code_refused: z.object({ code: z.string(), message: z.string() }).optional(),
    next_step: z.string(),
  }),
  argumentAliases: { phoneNumber: 'phone_number', phone: 'phone_number', waitForLink: 'wait_for_link' },
  info: {
    whenToUse: 'When get_connection_status says that no account is linked, or an error is NOT_AUTHENTICATED.',
    examples: [
      { title: 'Show a QR code', arguments: {} },
      { title: 'Ask for a pairing code', arguments: { phone_number: '+4915112345678' } },
      { title: 'Wait until the phone confirms', arguments: { wait_for_link: true } },
    ],
    errors: [
      'AUTH_RATE_LIMITED',
      'AUTH_COOLDOWN',
      'AUTH_QR_EXPIRED',
      'AUTH_CODE_EXPIRED',
      'AUTH_LINK_TIMEOUT',
      'AUTH_PAIRING_FAILED',
      'INVALID_PHONE_FORMAT',
      'ACCOUNT_MISMATCH',
      'ACCOUNT_BANNED',
    ],
    related: ['get_qr_code', 'get_connection_status', 'logout'],
    pitfalls: [
      'Five attempts in half an hour are all there are: show the code to the user instead of asking for a new one.',
      'The code is typed on the phone under Linked devices, not in a chat.',
    ],
  },
  run: (args, { services, signal, progress }) => services.linking.authenticate(args, signal, progress),
});
