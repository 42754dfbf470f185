import { z } from 'zod';
import { chatShape } from '#orchestrator/services/shapes/chat.ts';
import { emptyReasons } from '#orchestrator/services/shapes/common.ts';
import { personShape } from '#orchestrator/services/shapes/person.ts';
import { limitArgument, queryAliases, queryArgument } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { CONTENT_READ } from './shared/hints.ts';

export const searchContacts = defineTool({
  name: 'search_contacts',
  title: 'Search contacts',
  description:
    'Finds people by part of a name or number, best matches first; groups are not included. Case and accents do not matter.',
  toolset: 'contacts',
  scope: 'wa:read',
  hints: CONTENT_READ,
  untrusted: true,
  input: z.strictObject({
    query: queryArgument('Part of a name or number.'),
    limit: limitArgument(20, 50),
    include_chats: z
      .boolean()
      .default(false)
      .describe('When exactly one person fits, add the chats in which they appear.'),
  }),
  output: z.object({
    contacts: z.array(brief(personShape)),
    has_more: z.boolean(),
    chats: z.array(brief(chatShape)).optional(),
    reason: z.enum(emptyReasons).optional(),
  }),
  argumentAliases: { ...queryAliases, name: 'query' },
  aliases: [{ name: 'search_contacts_v2' }],
  info: {
    whenToUse: 'To find out who is meant by a name, or whose number this is.',
    examples: [{ title: 'Part of a name', arguments: { query: 'ann' } }],
    errors: ['QUERY_TOO_LONG'],
    related: ['resolve_contact', 'list_chats', 'get_last_interaction'],
    pitfalls: ['push_name is what the person chose; name is how the account knows them.'],
  },
  run: (args, { services }) => services.people.search(args),
});
