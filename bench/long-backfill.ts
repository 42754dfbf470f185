import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { residentBytesOf } from '#kernel/processes.ts';
import { deepShape } from '#simulator/account/presets.ts';
import { startRedis } from '#sync-jobs/queue/testing/redis.ts';
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
const END_LIMIT_MS = 1_600_000;
const LOOK_EVERY_MS = 500;
const BYTES_PER_MB = 1_048_576;

/** What the asker prints. */
interface Asked {
  readonly status: readonly number[];
  readonly search: readonly number[];
  readonly fetched: number;
  readonly seconds: number;
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
    const enginePid =
      (await service.status()).engines.find(({ engine }) => engine === 'baileys')?.pid ?? Number.NaN;
    const memory = { service: [] as number[], engine: [] as number[] };
    const look = (pid: number) => (residentBytesOf(pid) ?? Number.NaN) / BYTES_PER_MB;
    const timer = setInterval(() => {
      memory.service.push(look(service.pid));
      memory.engine.push(look(enginePid));
    }, LOOK_EVERY_MS);
    const script = fileURLToPath(new URL('./asker.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script, service.url], {
      timeout: END_LIMIT_MS,
    }).finally(() => clearInterval(timer));
    return rows(JSON.parse(stdout) as Asked, memory);
  } finally {
    await world.close();
    await redis.stop();
  }
}

function rows(
  { status, search, fetched, seconds }: Asked,
  memoryMb: Readonly<Record<'service' | 'engine', readonly number[]>>,
): readonly BenchRow[] {
  const what = `${(CHATS * MESSAGES).toLocaleString('en')} messages backfilled`;
  const memory = (who: 'service' | 'engine'): BenchRow => {
    const quarter = Math.ceil(memoryMb[who].length / 4);
    const early = Math.max(...memoryMb[who].slice(0, quarter));
    const late = Math.max(...memoryMb[who].slice(-quarter));
    return {
      name: `memory of the ${who}, ${what}`,
      value: `${late.toFixed(0)} MB in the last quarter, ${early.toFixed(0)} MB in the first`,
      limit: `${GROWTH_MAX} × the first quarter`,
      ratio: late / early,
      ok: late / early <= GROWTH_MAX,
    };
  };
  const p95 = (name: string, values: readonly number[], limit: number): BenchRow => ({
    name: `${name} over MCP while ${what}, p95`,
    value: `${percentile(values, 0.95).toFixed(1)} ms (p50 ${percentile(values, 0.5).toFixed(1)} ms, ${values.length} calls)`,
    limit: `${limit} ms`,
    ratio: percentile(values, 0.95) / limit,
    ok: percentile(values, 0.95) <= limit,
  });
  return [
    memory('service'),
    memory('engine'),
    p95('get_sync_status', status, STATUS_LIMIT_MS),
    p95('search_messages', search, SEARCH_LIMIT_MS),
    {
      name: `${what}, messages a second meanwhile`,
      value: `${Math.round(fetched / seconds).toLocaleString('en')}/s`,
      limit: '–',
      ratio: null,
      ok: true,
    },
  ];
}
