import { z } from 'zod';
import { REFERENCE_MAX_CHARS } from '#kernel/limits.ts';
import { pictureSizes } from '#orchestrator/services/contacts/picture.ts';
import { chatAliases } from './shared/arguments.ts';
import { defineTool } from './shared/define.ts';
import { CONTENT_READ } from './shared/hints.ts';

export const getProfilePicture = defineTool({
  name: 'get_profile_picture',
  title: 'Find a profile picture',
  description:
    'Tells where the profile picture of a person or group lies at WhatsApp. The address works for some days. It downloads nothing.',
  toolset: 'people',
  scope: 'wa:read',
  hints: CONTENT_READ,
  untrusted: true,
  input: z.strictObject({
    target: z
      .string()
      .min(1)
      .max(REFERENCE_MAX_CHARS)
      .describe('Person or group: name, phone number or id (JID).'),
    size: z.enum(pictureSizes).default('preview').describe('preview is small; full as it was uploaded.'),
  }),
  output: z.object({
    jid: z.string(),
    name: z.string().optional(),
    has_picture: z.boolean(),
    url: z.string().optional(),
    id: z.string().optional(),
    size: z.enum(pictureSizes),
  }),
  argumentAliases: { ...renamed(chatAliases), contact: 'target', phone: 'target', phone_number: 'target' },
  aliases: [{ name: 'get_profile_picture_v2' }, { name: 'get_profile_pic' }],
  info: {
    whenToUse: 'When the user wants to see the picture of a person or group.',
    examples: [{ title: 'Of a person, in full', arguments: { target: 'Anna', size: 'full' } }],
    errors: [
      'CONTACT_NOT_FOUND',
      'RECIPIENT_AMBIGUOUS',
      'PRIVACY_RESTRICTED',
      'RATE_LIMITED',
      'NOT_CONNECTED',
    ],
    related: ['search_contacts', 'get_group_info'],
    pitfalls: [
      'has_picture false: there is none. PRIVACY_RESTRICTED: there may be one, hidden from this account.',
    ],
  },
  run: (args, { services, signal }) => services.contacts.picture(args, signal),
});

/** Whatever other servers call the chat is the target here. */
function renamed(names: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(['chat', ...Object.keys(names)].map((name) => [name, 'target']));
}
