import { z } from 'zod';
import { messageShape } from '#orchestrator/services/shapes/message.ts';
import { personShape } from '#orchestrator/services/shapes/person.ts';
import { contactArgument } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { CONTENT_READ } from './shared/hints.ts';

export const getLastInteraction = defineTool({
  name: 'get_last_interaction',
  title: 'Last interaction with a person',
  description:
    'Finds the newest message with or from a person, in the direct chat or in any group. Nothing found: found is false.',
  toolset: 'people',
  scope: 'wa:read',
  hints: CONTENT_READ,
  untrusted: true,
  input: z.strictObject({ contact: contactArgument }),
  output: z.object({
    contact: brief(personShape),
    found: z.boolean(),
    reason: z.literal('NO_RESULTS').optional(),
    message: brief(messageShape).optional(),
  }),
  argumentAliases: { jid: 'contact', chat_jid: 'contact', phone_number: 'contact', contact_jid: 'contact' },
  info: {
    whenToUse: 'To answer "when did we last hear from each other?".',
    examples: [{ title: 'By number', arguments: { contact: '+4915112345678' } }],
    errors: ['CONTACT_NOT_FOUND', 'RECIPIENT_AMBIGUOUS', 'INVALID_JID', 'INVALID_PHONE_FORMAT'],
    related: ['list_messages', 'resolve_contact'],
    pitfalls: ['Own messages in groups are not addressed to anybody and do not count.'],
  },
  run: (args, { services }) => services.chats.lastInteraction(args),
});
