import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { historyRunShape } from '#sync-jobs/services/history-shape.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { OWN_READ } from './shared/hints.ts';

export const getHistorySyncStatus = defineTool({
  name: 'get_history_sync_status',
  title: 'History of each engine',
  description:
    'Shows for each engine whether it is connected and whether the phone is pushing history to it, with counts and when something last came; and the jobs that fetch older history.',
  toolset: 'history',
  scope: 'wa:read',
  hints: OWN_READ,
  input: z.strictObject({}),
  output: z.object({
    engines: z.array(
      brief(
        z.object({
          engine: engineNameSchema,
          connected: z.boolean(),
          linked: z.boolean(),
          is_syncing: z.boolean(),
          messages_synced: z.number(),
          chats_synced: z.number(),
          progress_percent: z.number().optional(),
          is_latest: z.boolean(),
          last_sync_time: z.string().optional(),
          stalled_since: z.string().optional(),
        }),
      ),
    ),
    history_jobs: z.array(brief(historyRunShape)),
    /** WhatsApp asked to slow down; requests go on then. */
    throttled_until: z.string().optional(),
  }),
  aliases: [{ name: 'get_baileys_sync_status', mapInput: () => ({}) }],
  info: {
    whenToUse: 'While a device has just been linked, or when history comes slowly.',
    examples: [{ title: 'Now', arguments: {} }],
    errors: [],
    related: ['get_sync_status', 'retrieve_full_history', 'backend_status'],
    pitfalls: [
      'is_latest speaks of what the phone pushes by itself; older history is only in get_sync_status.',
    ],
  },
  run: async (_, { services, principal }) => {
    const [engines, runs] = await Promise.all([
      services.syncReport.engines(),
      services.syncReport.runs(principal.id),
    ]);
    const limited = runs.find(({ reason }) => reason === 'rate-limited');
    return {
      data: {
        engines: [...engines],
        history_jobs: [...runs],
        throttled_until: limited?.next_attempt_at,
      },
    };
  },
});
