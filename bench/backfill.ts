import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { until } from '#kernel/testing/until.ts';
import { deepShape } from '#simulator/account/presets.ts';
import { startRedis } from '#sync-jobs/queue/testing/redis.ts';
import { connectAssistant } from '../test/rig/assistant.ts';
import { assertSame, compareStore } from '../test/rig/compare.ts';
import { startLinked } from '../test/rig/linked.ts';
import { createWorld, type World } from '../test/rig/world.ts';
import { type BenchRow, median } from './row.ts';

const CHATS = 400;
const MESSAGES = 500;
const PUSHED = 20;
/** Chats asked for at the same time. */
const WINDOW = 8;
/**
 * The bare library has one request in flight. With more, what it sends and what it receives overwrite each other's state of the
 * session with the phone: three are the fastest, at eight it can read no answer any more after some two thousand.
 */
const BARE_WINDOW = 1;
const BARE_FASTEST = 3;
const ROUNDS = 3;
const LIMIT = 1.3;
const END_LIMIT_MS = 180_000;

/** Every page of 400 chats × 500 messages, against a bare Baileys that asks for the same pages and throws them away. */
export async function benchBackfill(): Promise<readonly BenchRow[]> {
  const bare: number[] = [];
  const whole: number[] = [];
  let repeated = 0;
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(await inWorld((world) => bareBaileys(world, BARE_WINDOW)));
    const run = await inWorld(tandem);
    whole.push(run.ms);
    repeated += run.repeated;
  }
  const fastest = await inWorld((world) => bareBaileys(world, BARE_FASTEST));
  const ratio = median(whole) / median(bare);
  const messages = (CHATS * MESSAGES).toLocaleString('en');
  return [
    {
      name: `backfill of ${CHATS} chats × ${MESSAGES} on demand, all ${messages} ids present, ${repeated} pages fetched twice`,
      value: `${(median(whole) / 1_000).toFixed(1)} s`,
      limit: `${LIMIT} × bare Baileys, one request at a time (${(median(bare) / 1_000).toFixed(1)} s)`,
      ratio,
      ok: ratio <= LIMIT && repeated === 0,
    },
    {
      name: `the same pages by bare Baileys with ${BARE_FASTEST} requests in flight, its fastest and not sound`,
      value: `${(fastest / 1_000).toFixed(1)} s`,
      limit: '–',
      ratio: median(whole) / fastest,
      ok: true,
    },
  ];
}

async function inWorld<T>(run: (world: World) => Promise<T>): Promise<T> {
  const world = await createWorld('deep', deepShape(CHATS, MESSAGES, PUSHED));
  try {
    return await run(world);
  } finally {
    await world.close();
  }
}

async function bareBaileys(world: World, window: number): Promise<number> {
  const { waUrl, rootKeyHex, mediaUrl, caFile, phone } = world.simulator;
  const script = fileURLToPath(new URL('./bare-pager.ts', import.meta.url));
  const target = JSON.stringify({ waUrl, rootKeyHex, mediaUrl, caFile });
  const child = spawn(process.execPath, [script, target, JSON.stringify([CHATS, MESSAGES, window, PUSHED])], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: END_LIMIT_MS,
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as { qr?: string; ms?: number };
    if (said.qr !== undefined) await phone.scanQr(said.qr);
    if (said.ms !== undefined) return said.ms;
  }
  throw new Error('the bare client ended early');
}

async function tandem(world: World): Promise<{ readonly ms: number; readonly repeated: number }> {
  const redis = await startRedis();
  try {
    const service = await startLinked(world, {
      REDIS_URL: redis.url,
      TANDEM_HISTORY_DELAY_MS: '0',
      TANDEM_HISTORY_PARALLEL: String(WINDOW),
      TANDEM_LOG_LEVEL: 'warn',
    });
    const assistant = await connectAssistant(service);
    const startedAt = performance.now();
    const started = await assistant.attempt('retrieve_full_history', {});
    if (!started.ok) throw new Error(JSON.stringify(started.error));
    const id = String(started.data.job_id);
    const status = async () => {
      const found = await assistant.attempt('get_job', { job_id: id, wait_s: 20 });
      return found.ok ? String(found.data.status) : 'unknown';
    };
    await until(async () => (await status()) === 'completed', 'end of the backfill', END_LIMIT_MS);
    const ms = performance.now() - startedAt;
    await assistant.close();
    await service.stop();
    assertSame(await compareStore(world.dataDir, world.simulator.oracle.messages()));
    const repeated = world.simulator.historyRequests.counts().reduce((sum, chat) => sum + chat.repeated, 0);
    return { ms, repeated };
  } finally {
    await redis.stop();
  }
}
