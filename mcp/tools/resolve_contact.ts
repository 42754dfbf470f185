import { z } from 'zod';
import { emptyReasons } from '#orchestrator/services/shapes/common.ts';
import { personShape } from '#orchestrator/services/shapes/person.ts';
import { limitArgument, queryAliases, queryArgument } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { CONTENT_READ } from './shared/hints.ts';

export const resolveContact = defineTool({
  name: 'resolve_contact',
  title: 'Resolve a contact',
  description:
    'Ranks the people that a name or number may mean, with a score from 0 to 100 and what matched. Use it before sending when a name is not certain.',
  toolset: 'contacts',
  scope: 'wa:read',
  hints: CONTENT_READ,
  untrusted: true,
  input: z.strictObject({ query: queryArgument('Name, number or id.'), limit: limitArgument(5, 20) }),
  output: z.object({
    matches: z.array(
      z.object({
        contact: brief(personShape),
        score: z.number(),
        matched_by: z.enum(['name', 'pushname', 'number', 'id']),
      }),
    ),
    reason: z.enum(emptyReasons).optional(),
  }),
  argumentAliases: { ...queryAliases, name: 'query' },
  info: {
    whenToUse: 'When several people may be meant and one has to be chosen.',
    examples: [{ title: 'Which Anna?', arguments: { query: 'Anna' } }],
    errors: ['QUERY_TOO_LONG'],
    related: ['search_contacts', 'send_message'],
    pitfalls: ['Two matches with the same score are ambiguous: ask the user.'],
  },
  run: (args, { services }) => services.people.resolve(args),
});
