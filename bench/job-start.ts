import { setTimeout as sleep } from 'node:timers/promises';
import { residentBytesOf } from '#kernel/processes.ts';
import { deepShape } from '#simulator/account/presets.ts';
import { type PrivateRedis, startRedis } from '#sync-jobs/queue/testing/redis.ts';
import { type Assistant, connectAssistant } from '../test/rig/assistant.ts';
import { startLinked } from '../test/rig/linked.ts';
import type { Service } from '../test/rig/service.ts';
import { createWorld } from '../test/rig/world.ts';
import { percentile } from './percentile.ts';
import type { BenchRow } from './row.ts';

const JOBS = 60;
const REDIS_LIMIT_MS = 300;
const EMBEDDED_LIMIT_MS = 500;
const SETTLE_MS = 3_000;
const BYTES_PER_MB = 1_048_576;

/** From the call that starts a job to its result: a page of history of one chat, on both queues. */
export async function benchJobStart(): Promise<readonly BenchRow[]> {
  const redis = await startRedis();
  try {
    return [...(await measure(redis)), ...(await measure(null))];
  } finally {
    await redis.stop();
  }
}

async function measure(redis: PrivateRedis | null): Promise<readonly BenchRow[]> {
  const world = await createWorld('deep', deepShape(JOBS + 1, 60, 20));
  try {
    const service = await startLinked(world, {
      ...(redis === null ? {} : { REDIS_URL: redis.url }),
      TANDEM_HISTORY_DELAY_MS: '0',
      TANDEM_LOG_LEVEL: 'warn',
    });
    const assistant = await connectAssistant(service);
    const chats = [...world.simulator.oracle.chats()].map(({ canonicalJid }) => canonicalJid);
    await sleep(SETTLE_MS);
    const before = memoryMb(service);
    const [first = '', ...others] = chats;
    const firstMs = await run(assistant, first);
    const times: number[] = [];
    for (const chat of others.slice(0, JOBS)) times.push(await run(assistant, chat));
    const after = memoryMb(service);
    await assistant.close();
    const limit = redis === null ? EMBEDDED_LIMIT_MS : REDIS_LIMIT_MS;
    const p95 = percentile(times, 0.95);
    const name = redis === null ? 'embedded queue' : 'Redis';
    const rows: BenchRow[] = [
      {
        name: `job from call to result (one page of history), ${name}, p95`,
        value: `${p95.toFixed(0)} ms (p50 ${percentile(times, 0.5).toFixed(0)} ms, ${times.length} jobs)`,
        limit: `${limit} ms`,
        ratio: p95 / limit,
        ok: p95 <= limit,
      },
    ];
    if (redis !== null) return rows;
    return [
      ...rows,
      {
        name: 'embedded queue: first job of an installation, and memory',
        value: `${(firstMs / 1_000).toFixed(1)} s; ${before.toFixed(0)} MB before, ${after.toFixed(0)} MB while it runs`,
        limit: '–',
        ratio: null,
        ok: true,
      },
    ];
  } finally {
    await world.close();
  }
}

async function run(assistant: Assistant, chat: string): Promise<number> {
  const at = performance.now();
  const started = await assistant.attempt('fetch_history', { chat, max_messages: 50 });
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  const id = String(started.data.job_id);
  for (;;) {
    const job = await assistant.attempt('get_job', { job_id: id, wait_s: 20 });
    if (!job.ok) throw new Error(JSON.stringify(job.error));
    if (job.data.ended === true) return performance.now() - at;
  }
}

function memoryMb({ pid }: Service): number {
  return (residentBytesOf(pid) ?? Number.NaN) / BYTES_PER_MB;
}
