import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { backfillStates } from '#history/contracts/backfills.ts';
import { partyShape } from '#orchestrator/services/shapes/common.ts';
import { coverages } from '#orchestrator/services/shapes/coverage.ts';
import { checkpointShape, historyRunShape } from '#sync-jobs/services/history-shape.ts';
import { chatAliases, chatArgument } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { heldShape, missingShape } from './shared/coverage.ts';
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
  jobs: brief(
    z.object({
      waiting: z.number(),
      active: z.number(),
      delayed: z.number(),
      paused: z.number(),
      failed: z.number(),
    }),
  ).optional(),
  coverage_summary: brief(
    z.object({ chats: z.number(), complete: z.number(), partial: z.number(), unknown: z.number() }),
  ).optional(),
  /** Jobs that fetch older history, newest first. */
  history_jobs: z.array(brief(historyRunShape)).optional(),
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
  checkpoint: brief(checkpointShape).optional(),
  is_active: z.boolean().optional(),
  status: z.enum([...backfillStates, 'not_started']).optional(),
  /** 100 = everything that can be asked for is there; -1 = not known. */
  progress: z.number().optional(),
  messages_synced: z.number().optional(),
  oldest_message_date: z.string().optional(),
  messages_per_second: z.number().optional(),
  estimated_completion_time: z.string().optional(),
  error_details: z.string().optional(),
  held: z.array(brief(heldShape)).optional(),
  missing: z.array(brief(missingShape)).optional(),
  start_proven: z.boolean().optional(),
  /** What was sent before was deleted on purpose, and is not fetched again. */
  purged_before: z.string().optional(),
  hint: z.string().optional(),
  history_job: brief(historyRunShape).optional(),
  next_step: z.string().optional(),
};

export const getSyncStatus = defineTool({
  name: 'get_sync_status',
  title: 'Sync status',
  description:
    'Shows how much history is stored, what is being fetched, how fast and until when. With chat: what of it is held, what is missing and why, and whether its beginning is proven.',
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
    related: ['retrieve_full_history', 'fetch_history', 'get_sync_checkpoints', 'get_connection_status'],
    pitfalls: [
      'coverage unknown is not complete: the phone may hold older messages.',
      'Only coverage complete says that a chat is complete: from its beginning, or from purged_before, what is older having been deleted on purpose.',
    ],
  },
  run: async ({ chat }, { services, principal }) => {
    if (chat === undefined) {
      const { data, ...reply } = await services.sync.overview();
      if (data.error !== undefined) return { data, ...reply };
      return {
        data: { ...data, history_jobs: [...(await services.syncReport.runs(principal.id))] },
        ...reply,
      };
    }
    const { data, ...reply } = await services.sync.ofChat({ chat });
    const { held, missing, ...report } = await services.syncReport.ofChat(
      { chat: data.chat.jid },
      principal.id,
    );
    return {
      data: {
        ...data,
        ...report,
        held: held.map((one) => ({ ...one, sources: [...one.sources] })),
        missing: [...missing],
      },
      ...reply,
    };
  },
});
