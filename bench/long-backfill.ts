import { setTimeout as sleep } from 'node:timers/promises';
import { residentBytesOf } from '#kernel/processes.ts';
import { deepShape } from '#simulator/account/presets.ts';
import { startRedis } from '#sync-jobs/queue/testing/redis.ts';
import { type Assistant, connectAssistant } from '../test/rig/assistant.ts';
import { startLinked } from '../test/rig/linked.ts';
import { createWorld } from '../test/rig/world.ts';
import { percentile } from './percentile.ts';
import type { BenchRow } from './row.ts';

const CHATS = 2_000;
const MESSAGES = 500;
const PUSHED = 20;
const WINDOW = 8;
const GROWTH_MAX = 1.25;
const STATUS_LIMIT_MS = 20;
const SEARCH_LIMIT_MS = 50;
const ASK_EVERY_MS = 150;
const END_LIMIT_MS = 1_500_000;
const BYTES_PER_MB = 1_048_576;
/** Words of the simulated account, common and rare, and a phrase. */
const QUERIES = ['the', 'tomorrow', 'invoice', '"see you"', 'gar*'] as const;

interface Samples {
  readonly memoryMb: number[];
  readonly status: number[];
  readonly search: number[];
}

/** A million messages page by page: memory of the service, and how quickly it answers meanwhile. */
export async function benchLongBackfill(): Promise<readonly BenchRow[]> {
  const redis = await startRedis();
  const world = await createWorld('deep', deepShape(CHATS, MESSAGES, PUSHED));
  try {
    const service = await startLinked(world, {
      REDIS_URL: redis.url,
      TANDEM_HISTORY_DELAY_MS: '0',
      TANDEM_HISTORY_PARALLEL: String(WINDOW),
      TANDEM_LOG_LEVEL: 'warn',
    });
    const assistant = await connectAssistant(service);
    const started = await assistant.attempt('retrieve_full_history', {});
    if (!started.ok) throw new Error(JSON.stringify(started.error));
    const samples: Samples = { memoryMb: [], status: [], search: [] };
    const startedAt = performance.now();
    const fetched = await watch(
      assistant,
      String(started.data.job_id),
      samples,
      () => (residentBytesOf(service.pid) ?? Number.NaN) / BYTES_PER_MB,
    );
    const seconds = (performance.now() - startedAt) / 1_000;
    await assistant.close();
    return rows(samples, fetched, seconds);
  } finally {
    await world.close();
    await redis.stop();
  }
}

/** Asks now and then until the job has ended; returns how many messages it fetched. */
async function watch(
  assistant: Assistant,
  id: string,
  samples: Samples,
  memoryMb: () => number,
): Promise<number> {
  const timed = async (tool: string, args: Readonly<Record<string, unknown>>, into: number[]) => {
    const at = performance.now();
    const answer = await assistant.attempt(tool, args);
    into.push(performance.now() - at);
    if (!answer.ok) throw new Error(`${tool}: ${JSON.stringify(answer.error)}`);
    return answer.data;
  };
  const endMs = performance.now() + END_LIMIT_MS;
  for (let round = 0; performance.now() < endMs; round += 1) {
    await timed('get_sync_status', {}, samples.status);
    await timed('search_messages', { query: QUERIES[round % QUERIES.length] }, samples.search);
    samples.memoryMb.push(memoryMb());
    const job = await assistant.attempt('get_job', { job_id: id });
    if (job.ok && job.data.status === 'completed') {
      return (job.data.result as { messages_fetched: number }).messages_fetched;
    }
    await sleep(ASK_EVERY_MS);
  }
  throw new Error('the backfill did not end');
}

function rows({ memoryMb, status, search }: Samples, fetched: number, seconds: number): readonly BenchRow[] {
  const quarter = Math.ceil(memoryMb.length / 4);
  const early = Math.max(...memoryMb.slice(0, quarter));
  const late = Math.max(...memoryMb.slice(-quarter));
  const what = `${(CHATS * MESSAGES).toLocaleString('en')} messages backfilled`;
  const p95 = (name: string, values: readonly number[], limit: number): BenchRow => ({
    name: `${name} over MCP while ${what}, p95`,
    value: `${percentile(values, 0.95).toFixed(1)} ms (p50 ${percentile(values, 0.5).toFixed(1)} ms, ${values.length} calls)`,
    limit: `${limit} ms`,
    ratio: percentile(values, 0.95) / limit,
    ok: percentile(values, 0.95) <= limit,
  });
  return [
    {
      name: `memory of the service, ${what}`,
      value: `${late.toFixed(0)} MB in the last quarter, ${early.toFixed(0)} MB in the first; ${Math.round(fetched / seconds).toLocaleString('en')} messages/s`,
      limit: `${GROWTH_MAX} × the first quarter`,
      ratio: late / early,
      ok: late / early <= GROWTH_MAX,
    },
    p95('get_sync_status', status, STATUS_LIMIT_MS),
    p95('search_messages', search, SEARCH_LIMIT_MS),
  ];
}
