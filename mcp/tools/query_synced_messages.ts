import { z } from 'zod';
import { emptyReasons } from '#orchestrator/services/shapes/common.ts';
import { messageShape } from '#orchestrator/services/shapes/message.ts';
import {
  afterArgument,
  beforeArgument,
  chatArgument,
  filterAliases,
  limitArgument,
  queryArgument,
  senderArgument,
} from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { CONTENT_READ } from './shared/hints.ts';

export const querySyncedMessages = defineTool({
  name: 'query_synced_messages',
  title: 'Query stored messages',
  description:
    'Filters stored messages by chat, person, time, part of the text and kind of media, newest first, by offset. For reading and searching prefer list_messages and search_messages.',
  toolset: 'history',
  scope: 'wa:read',
  hints: CONTENT_READ,
  untrusted: true,
  input: z.strictObject({
    chat: chatArgument.optional(),
    sender: senderArgument.optional(),
    content: queryArgument('Part of the text, also inside of words.').optional(),
    after: afterArgument.optional(),
    before: beforeArgument.optional(),
    media_type: z
      .enum(['image', 'video', 'audio', 'document'])
      .optional()
      .describe('Only messages with such media.'),
    include_media: z.boolean().default(false).describe('Add kind, size and name of files.'),
    limit: limitArgument(100, 1_000),
    offset: z.int().min(0).max(1_000_000).default(0).describe('How many to skip.'),
  }),
  output: z.object({
    messages: z.array(brief(messageShape)),
    total: z.number().optional(),
    limit: z.number(),
    offset: z.number(),
    has_more: z.boolean(),
    next_offset: z.number().optional(),
    reason: z.enum(emptyReasons).optional(),
  }),
  argumentAliases: {
    ...filterAliases,
    query: 'content',
    text: 'content',
    mediaType: 'media_type',
    includeMedia: 'include_media',
  },
  info: {
    whenToUse: 'When a filter by kind of media or a walk by offset is needed.',
    examples: [{ title: 'Pictures of a chat', arguments: { chat: 'Anna', media_type: 'image' } }],
    errors: ['CHAT_NOT_FOUND', 'CONTACT_NOT_FOUND', 'INVALID_TIME', 'QUERY_TOO_LONG'],
    related: ['list_messages', 'search_messages', 'get_message_statistics'],
    pitfalls: ['Long answers end early: go on with next_offset.'],
  },
  run: (args, { services }) => services.messages.queryStored(args),
});
