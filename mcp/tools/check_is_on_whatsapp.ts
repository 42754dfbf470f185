import { z } from 'zod';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { errorShape } from './shared/error-shape.ts';
import { CONTENT_READ } from './shared/hints.ts';

const PHONES_MAX = 50;
const PHONE_MAX_CHARS = 40;

const phone = z.string().min(1).max(PHONE_MAX_CHARS);

export const checkIsOnWhatsapp = defineTool({
  name: 'check_is_on_whatsapp',
  title: 'Check numbers',
  description:
    'Tells which phone numbers are on WhatsApp, and under which id. Asks WhatsApp live; a few numbers at a time, because looking up many strangers gets accounts banned.',
  toolset: 'people',
  scope: 'wa:read',
  hints: CONTENT_READ,
  input: z.strictObject({
    phones: z
      .union([z.array(phone).min(1).meta({ maxItems: PHONES_MAX }), phone.transform((one) => [one])])
      // Checked behind the union, which would only say that neither form fits.
      .refine((all) => all.length <= PHONES_MAX, `up to ${PHONES_MAX} numbers at a time`)
      .describe(`Numbers in international form, up to ${PHONES_MAX}; one may be given as a text.`),
  }),
  output: z.object({
    results: z.array(
      brief(
        z.object({
          phone: z.string(),
          is_on_whatsapp: z.boolean(),
          jid: z.string().optional(),
          lid: z.string().optional(),
          number: z.string().optional(),
          error: errorShape.optional(),
        }),
      ),
    ),
    on_whatsapp: z.number(),
    invalid: z.number(),
  }),
  argumentAliases: { phone: 'phones', phone_number: 'phones', phone_numbers: 'phones', numbers: 'phones' },
  aliases: [{ name: 'is_on_whatsapp' }],
  info: {
    whenToUse: 'Before writing to a number that is not in the history, or to tidy a list of numbers.',
    examples: [
      { title: 'Two numbers', arguments: { phones: ['+4915112345678', '+49 151 87654321'] } },
      { title: 'One', arguments: { phone: '+4915112345678' } },
    ],
    errors: ['INVALID_PHONE_FORMAT', 'RATE_LIMITED', 'NOT_CONNECTED'],
    related: ['search_contacts', 'send_message'],
    pitfalls: ['A number that is none has error in its own result, and counts as invalid.'],
  },
  run: (args, { services, signal }) => services.contacts.checkNumbers(args, signal),
});
