import { z } from 'zod';
import { contactArgument } from './shared/arguments.ts';
import { defineTool } from './shared/define.ts';

const NAME_MAX_CHARS = 100;

export const setContactName = defineTool({
  name: 'set_contact_name',
  title: 'Name a contact',
  description:
    "Gives a person a name of the user's own, shown here before all others; an empty name clears it. It stays in this history: neither WhatsApp nor the phone learns of it.",
  toolset: 'people',
  scope: 'wa:send',
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
  untrusted: true,
  input: z.strictObject({
    contact: contactArgument,
    name: z.string().max(NAME_MAX_CHARS).describe('The name; empty to clear it.'),
  }),
  output: z.object({ jid: z.string(), display_name: z.string().optional(), cleared: z.boolean() }),
  argumentAliases: { jid: 'contact', phone: 'contact', phone_number: 'contact', custom_name: 'name' },
  info: {
    whenToUse: 'When the user wants to call somebody by another name than the address book does.',
    examples: [
      { title: 'Name', arguments: { contact: '+4915112345678', name: 'Plumber' } },
      { title: 'Clear', arguments: { contact: 'Plumber', name: '' } },
    ],
    errors: ['CONTACT_NOT_FOUND', 'RECIPIENT_AMBIGUOUS'],
    related: ['search_contacts', 'resolve_contact'],
    pitfalls: ['The person must have been seen before; search_contacts finds whom it can be.'],
  },
  run: (args, { services }) => services.contacts.setName(args),
});
