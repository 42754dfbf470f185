import { z } from 'zod';
import { listFields } from '#orchestrator/services/shapes/common.ts';
import {
  afterArgument,
  beforeArgument,
  chatArgument,
  filterAliases,
  formatArgument,
  limitArgument,
  maxTextArgument,
  pagingArguments,
  queryAliases,
  queryArgument,
  senderArgument,
  typeArgument,
} from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { CONTENT_READ } from './shared/hints.ts';
import { chatOfList, messageInListShape } from './shared/list-output.ts';

export const searchMessages = defineTool({
  name: 'search_messages',
  title: 'Search messages',
  description:
    'Finds messages by words in all chats or one, newest first, with a snippet of the place (hits between **). All words must occur; "exact phrase", -word, word* and OR work. Anything else typed is searched as it is.',
  toolset: 'messages',
  scope: 'wa:read',
  hints: CONTENT_READ,
  untrusted: true,
  input: z.strictObject({
    query: queryArgument('Words to find.'),
    chat: chatArgument.optional(),
    sender: senderArgument.optional(),
    after: afterArgument.optional(),
    before: beforeArgument.optional(),
    type: typeArgument.optional(),
    mode: z
      .enum(['auto', 'fts', 'phrase', 'substring'])
      .default('auto')
      .describe('phrase: the words in this order; substring: also inside of words, slower.'),
    limit: limitArgument(20, 100),
    ...pagingArguments,
    include_context: z.boolean().default(false).describe('Add two messages before and after each hit.'),
    max_text: maxTextArgument,
    response_format: formatArgument,
  }),
  output: z.object({
    ...chatOfList,
    hits: z.array(brief(messageInListShape.extend({ snippet: z.string() }))),
    read_as: z.string(),
    suggestions: z.array(z.string()).optional(),
    degraded_reason: z.string().optional(),
    ...listFields,
  }),
  argumentAliases: { ...filterAliases, ...queryAliases },
  info: {
    whenToUse: 'To find what was said about something. To read a chat in order use list_messages.',
    examples: [
      { title: 'Both words, any chat', arguments: { query: 'train ticket' } },
      { title: 'A phrase in one chat', arguments: { query: '"see you tomorrow"', chat: 'Anna' } },
    ],
    errors: [
      'QUERY_TOO_LONG',
      'CHAT_NOT_FOUND',
      'CONTACT_NOT_FOUND',
      'RECIPIENT_AMBIGUOUS',
      'INVALID_TIME',
      'INVALID_CURSOR',
    ],
    related: ['list_messages', 'get_message_context', 'get_sync_status'],
    pitfalls: [
      'Only what is stored can be found; see get_sync_status for what may be missing.',
      'read_as shows how the query was understood.',
    ],
  },
  run: (args, { services }) => services.messages.search(args),
});
