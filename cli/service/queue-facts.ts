import { pausedElsewhere } from '#console/view/paused-queues.ts';
import type { QueueFacts } from '#orchestrator/services/diagnostics/queue-checks.ts';
import type { JobQueue } from '#sync-jobs/queue/port.ts';

/** What diagnostics tell of the queue. Asks Redis, also one that nobody has used yet; never wakes the embedded queue. Throws nothing. */
export async function queueFactsOf(
  queue: Pick<JobQueue, 'backend' | 'counts' | 'health' | 'queues'>,
): Promise<QueueFacts> {
  const entries = await quietly(async () => sumOf(Object.values(await queue.counts())));
  const redis = queue.backend === 'redis' && entries !== null ? await quietly(() => redisFacts(queue)) : null;
  const paused = await pausedElsewhere(queue);
  const { state, error, since } = queue.health();
  return { backend: queue.backend, state, error, sinceMs: since, entries, paused, redis };
}

async function redisFacts({ queues }: Pick<JobQueue, 'queues'>): Promise<QueueFacts['redis']> {
  const [first] = await queues();
  if (first === undefined) return null;
  const client = await first.getBackend().client;
  const info = await client.info();
  const told = (name: string) => new RegExp(`^ *${name}:(.*)$`, 'm').exec(info)?.[1]?.trim();
  // Snapshots are on when a rule says when to write one; INFO does not tell the rules.
  const isWritten = told('aof_enabled') === '1' || Number(told('rdb_saves') ?? 0) > 0;
  return {
    version: told('redis_version') ?? '0.0',
    evictionPolicy: told('maxmemory_policy') ?? 'unknown',
    persistent: isWritten,
  };
}

function sumOf(lanes: readonly NonNullable<QueueFacts['entries']>[]): NonNullable<QueueFacts['entries']> {
  const sum = (of: keyof NonNullable<QueueFacts['entries']>) =>
    lanes.reduce((all, lane) => all + lane[of], 0);
  return { waiting: sum('waiting'), active: sum('active'), delayed: sum('delayed'), failed: sum('failed') };
}

async function quietly<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch {
    return null;
  }
}
