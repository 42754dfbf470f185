import { z } from 'zod';
import { personShape } from '#orchestrator/services/shapes/person.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { CONTENT_READ } from './shared/hints.ts';

export const getBlockedContacts = defineTool({
  name: 'get_blocked_contacts',
  title: 'List blocked people',
  description:
    'Lists whom the account has blocked. Asks WhatsApp live; when no engine can be asked, source is stored and the list as last heard.',
  toolset: 'people',
  scope: 'wa:read',
  hints: CONTENT_READ,
  untrusted: true,
  input: z.strictObject({}),
  output: z.object({
    contacts: z.array(brief(personShape)),
    count: z.number(),
    source: z.enum(['live', 'stored']),
    live_error: z.string().optional(),
  }),
  info: {
    whenToUse: 'Before blocking or unblocking, or when somebody seems to be silent.',
    examples: [{ title: 'All', arguments: {} }],
    errors: [],
    related: ['block_contact', 'unblock_contact'],
    pitfalls: ['With source stored the list may be old; live_error says why.'],
  },
  run: (_args, { services, signal }) => services.contacts.blocked(signal),
});
