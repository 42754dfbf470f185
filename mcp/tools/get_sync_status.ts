import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { partyShape } from '#orchestrator/services/shapes/common.ts';
import { coverages } from '#orchestrator/services/shapes/coverage.ts';
import { chatAliases, chatArgument } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { errorShape } from './shared/error-shape.ts';
import { OWN_READ } from './shared/hints.ts';

const overview = {
  sync_status: z.enum(['Active', 'Inactive', 'Error']).optional(),
  statistics: brief(
    z.object({
      message_count: z.number(),
      chat_count: z.number(),
      contact_count: z.number(),
      media_count: z.number(),
      last_sync_time: z.string().optional(),
      oldest_message: z.string().optional(),
      newest_message: z.string().optional(),
      database_backend: z.string(),
      database_size_mb: z.number(),
      database_exists: z.boolean(),
    }),
  ).optional(),
  last_check: z.string().optional(),
  error: errorShape.optional(),
};

const ofChat = {
  chat: partyShape.optional(),
  message_count: z.number().optional(),
  oldest_message: z.string().optional(),
  newest_message: z.string().optional(),
  coverage: z.enum(coverages).optional(),
  sync_running: z.boolean().optional(),
  next_step: z.string().optional(),
};

export const getSyncStatus = defineTool({
  name: 'get_sync_status',
  title: 'Sync status',
  description:
    'Shows how much history is stored and whether more is coming in. With chat: how far back that chat reaches, and whether the phone has older messages (coverage).',
  toolset: 'session',
  scope: 'wa:read',
  hints: OWN_READ,
  untrusted: true,
  input: z.strictObject({ chat: chatArgument.optional() }),
  output: z.object({
    scope: z.enum(['all', 'chat']),
    engines: z.array(
      brief(
        z.object({
          engine: engineNameSchema,
          running: z.boolean().optional(),
          authenticated: z.boolean().optional(),
          api_responsive: z.boolean().optional(),
          connected: z.boolean().optional(),
          phase: z.string().optional(),
          percent: z.number().optional(),
          chats_received: z.number().optional(),
          messages_received: z.number().optional(),
          waiting_batches: z.number().optional(),
          messages: z.number().optional(),
        }),
      ),
    ),
    ...overview,
    ...ofChat,
  }),
  argumentAliases: chatAliases,
  aliases: [{ name: 'get_sync_overview' }, { name: 'get_chat_sync_status' }],
  info: {
    whenToUse: 'When a list is empty or ends early, to tell "not there" from "not fetched yet".',
    examples: [
      { title: 'The whole store', arguments: {} },
      { title: 'One chat', arguments: { chat: 'Anna' } },
    ],
    errors: ['CHAT_NOT_FOUND', 'RECIPIENT_AMBIGUOUS'],
    related: ['get_message_statistics', 'get_connection_status'],
    pitfalls: ['coverage unknown is not complete: the phone may hold older messages.'],
  },
  run: ({ chat }, { services }) =>
    chat === undefined ? services.sync.overview() : services.sync.ofChat({ chat }),
});
