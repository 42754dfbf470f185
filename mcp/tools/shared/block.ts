import { z } from 'zod';

/** What blocking and unblocking have in common. */
export const blockInput = z.strictObject({
  jid: z.string().min(1).max(80).optional().describe('Id of the person (…@s.whatsapp.net or …@lid).'),
  phone: z.string().min(1).max(40).optional().describe('Or the number in international form.'),
});

export const blockOutput = z.object({
  jid: z.string(),
  name: z.string().optional(),
  blocked: z.boolean(),
});

export const blockTool = {
  toolset: 'people',
  scope: 'wa:send',
  untrusted: true,
  input: blockInput,
  output: blockOutput,
  argumentAliases: { contact_jid: 'jid', phone_number: 'phone' },
} as const;

export const blockErrors = [
  'MISSING_IDENTIFIER',
  'INVALID_JID',
  'INVALID_PHONE_FORMAT',
  'NOT_CONNECTED',
] as const;
