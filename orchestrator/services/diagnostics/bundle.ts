import { redact } from '#kernel/redact.ts';
import type { ServiceContext } from '../context.ts';

const JOBS_TOLD = 20;

/** Facts for a fault report: no paths, names, numbers, texts or secrets. */
export async function makeBundle(context: ServiceContext): Promise<Record<string, unknown>> {
  const { config, fleet, version, times, clock } = context;
  return redact({
    version,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    at: times.isoMs(clock.now()),
    settings: {
      engines: config.engines,
      sending: config.sending,
      read_receipts: config.readReceipts,
      toolsets: config.toolsets,
      time_zone: times.timeZone,
      log_level: config.logLevel,
      token_set: config.token !== null,
      redis_set: config.redisUrl !== null,
      test_server: config.testServer !== null,
      retention_days: config.retentionDays,
      history_delay_ms: config.historyDelayMs,
      history_parallel: config.historyParallel,
      history_batch: config.historyBatch,
    },
    engines: fleet.engines().map(({ engine, processUp, reachable, status, error }) => ({
      engine,
      process_up: processUp,
      reachable,
      level: status?.level ?? null,
      reason: status?.reason ?? null,
      version: status?.version ?? null,
      sync: status?.sync ?? null,
      last_disconnect: status?.lastDisconnect ?? null,
      reconnect_attempts: status?.reconnectAttempts ?? null,
      outbox_entries: status?.outbox.entries ?? null,
      error_code: error?.code ?? status?.lastError?.code ?? null,
    })),
    ...(await ofTheStore(context)),
  }) as Record<string, unknown>;
}

/** Counts only. A store that cannot be read is a finding of the checks. */
async function ofTheStore({ history, queueFacts, times }: ServiceContext): Promise<Record<string, unknown>> {
  const part = async (read: () => Promise<unknown>): Promise<unknown> => {
    try {
      return await read();
    } catch {
      return null;
    }
  };
  return {
    store: await part(() => history.overview()),
    coverage: await part(() => history.coverage.summary()),
    backfills: await part(() => history.backfills.counts()),
    job_counts: await part(() => history.jobs.counts()),
    jobs: await part(async () =>
      (await history.jobs.list({ limit: JOBS_TOLD })).map((job) => ({
        kind: job.kind,
        state: job.state,
        wish: job.wish,
        reason: job.reason,
        error_code: job.error?.code ?? null,
        done: job.done,
        total: job.total,
        turn: job.turn,
        created_at: times.isoMs(job.createdAtMs),
        updated_at: times.isoMs(job.updatedAtMs),
      })),
    ),
    queue: await part(async () => (queueFacts === undefined ? null : await queueFacts())),
  };
}
