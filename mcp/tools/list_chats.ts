import { z } from 'zod';
import { REFERENCE_MAX_CHARS } from '#kernel/limits.ts';
import { chatShape } from '#orchestrator/services/shapes/chat.ts';
import { listFields } from '#orchestrator/services/shapes/common.ts';
import { formatArgument, limitArgument, pagingArguments, queryAliases } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { CONTENT_READ } from './shared/hints.ts';

export const listChats = defineTool({
  name: 'list_chats',
  title: 'List chats',
  description:
    'Lists chats, most recently active first, with unread counts and the last message; can filter by name, unread, pinned, groups. Archived chats are listed like all others, with archived true. Status updates and empty chats are left out. An empty list says why in reason.',
  toolset: 'chats',
  scope: 'wa:read',
  hints: CONTENT_READ,
  untrusted: true,
  input: z.strictObject({
    query: z.string().max(REFERENCE_MAX_CHARS).optional().describe('Part of the name or of the number.'),
    limit: limitArgument(20, 100),
    ...pagingArguments,
    sort_by: z.enum(['last_active', 'name']).default('last_active').describe('Order of the list.'),
    include_last_message: z.boolean().default(true).describe('Add the newest message, cut to 60 characters.'),
    groups_only: z.boolean().default(false).describe('Only groups.'),
    archived: z.boolean().default(false).describe('Only archived chats.'),
    unread_only: z.boolean().default(false).describe('Only chats with unread messages.'),
    pinned_only: z.boolean().default(false).describe('Only pinned chats.'),
    refresh: z
      .boolean()
      .default(false)
      .describe('Ask WhatsApp for all groups first; everything else is pushed by itself.'),
    response_format: formatArgument,
  }),
  output: z.object({
    chats: z.array(brief(chatShape)),
    total: z.number(),
    refreshed_groups: z.number().optional(),
    refresh_error: z.string().optional(),
    ...listFields,
  }),
  argumentAliases: { ...queryAliases, sortBy: 'sort_by', name: 'query' },
  aliases: [{ name: 'list_chats_v2' }],
  info: {
    whenToUse: 'To find a chat, or to see what is new. For words inside messages use search_messages.',
    examples: [
      { title: 'What is unread?', arguments: { unread_only: true } },
      { title: 'Chats with Anna', arguments: { query: 'anna' } },
    ],
    errors: ['INVALID_CURSOR'],
    related: ['get_chat', 'list_messages', 'search_contacts'],
    pitfalls: ['The name of a chat is not unique: go on with its jid.'],
  },
  run: (args, { services, signal }) => services.chats.list(args, signal),
});
