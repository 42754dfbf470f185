import type { Resource } from '#mcp/resource.ts';
import type { Services } from '#orchestrator/services/services.ts';
import { throttled } from './throttle.ts';

/** The state of the store and of the engines, under the keys that other servers use for it. */
export const syncStatus: Resource<Services> = {
  uri: 'whatsapp://sync-status',
  name: 'sync-status',
  title: 'Sync status',
  description: 'Whether the engines run and are linked, how much history is stored, and what is wrong.',
  mimeType: 'application/json',
  read: async ({ services }) => {
    const { data } = await services.sync.overview();
    const { statistics, engines, error } = data;
    const any = (test: (engine: (typeof engines)[number]) => boolean) => engines.some(test);
    return JSON.stringify({
      timestamp: data.last_check,
      bridge_status: {
        running: any(({ running }) => running),
        authenticated: any(({ authenticated }) => authenticated),
        api_responsive: any(({ api_responsive }) => api_responsive),
        overall: data.sync_status,
      },
      sync_stats: {
        total_messages: statistics.message_count,
        total_chats: statistics.chat_count,
        last_sync_time: statistics.last_sync_time ?? null,
        database_exists: statistics.database_exists,
      },
      engines,
      jobs: data.jobs ?? null,
      coverage: data.coverage_summary ?? null,
      errors: error === undefined ? [] : [{ code: error.code, message: error.message, hint: error.hint }],
    });
  },
  watch: (services, changed) => {
    const gate = throttled(changed);
    const stop = services.onChange(gate.poke);
    return () => {
      stop();
      gate.stop();
    };
  },
};
