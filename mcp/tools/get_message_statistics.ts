import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { partyShape } from '#orchestrator/services/shapes/common.ts';
import { coverages } from '#orchestrator/services/shapes/coverage.ts';
import { chatAliases, chatArgument } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { CONTENT_READ } from './shared/hints.ts';

export const getMessageStatistics = defineTool({
  name: 'get_message_statistics',
  title: 'Message statistics',
  description:
    'Counts stored messages, of all chats or one: by type, with media, edited, deleted, oldest and newest, and what each engine contributed.',
  toolset: 'history',
  scope: 'wa:read',
  hints: CONTENT_READ,
  untrusted: true,
  input: z.strictObject({ chat: chatArgument.optional() }),
  output: z.object({
    chat: partyShape.optional(),
    total_messages: z.number(),
    total_chats: z.number(),
    total_contacts: z.number(),
    media_messages: z.number(),
    text_messages: z.number(),
    messages_by_type: z.record(z.string(), z.number()),
    edited_messages: z.number(),
    deleted_messages: z.number(),
    oldest_message: z.string().optional(),
    newest_message: z.string().optional(),
    engines: z.array(brief(z.object({ engine: engineNameSchema, messages: z.number(), only: z.number() }))),
    seen_by_several_engines: z.number(),
    duplicates_merged: z.number(),
    coverage: z.enum(coverages).optional(),
  }),
  argumentAliases: chatAliases,
  info: {
    whenToUse: 'To learn how much there is before reading or searching.',
    examples: [
      { title: 'The whole store', arguments: {} },
      { title: 'One chat', arguments: { chat: 'Book club' } },
    ],
    errors: ['CHAT_NOT_FOUND', 'RECIPIENT_AMBIGUOUS'],
    related: ['get_sync_status', 'list_chats'],
    pitfalls: ['Counts are of what is stored, not of what was ever written.'],
  },
  run: (args, { services }) => services.messages.statistics(args),
});
