import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { until } from '#kernel/testing/until.ts';
import { createWorld, type World } from '../test/rig/world.ts';
import { type BenchRow, median } from './row.ts';

const ROUNDS = 3;
const LIMIT = 2;
const POLL_LIMIT_MS = 120_000;

/** 3,000 chats × 30 messages: from the scanned code to committed rows, against a bare Baileys that emits the same events. */
export async function benchInitialHistory(): Promise<readonly BenchRow[]> {
  const bare: number[] = [];
  const whole: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(await inWorld(bareBaileys));
    whole.push(await inWorld(tandem));
  }
  const ratio = median(whole) / median(bare);
  return [
    {
      name: 'initial history, 3,000 chats × 30, scan to committed rows',
      value: `${(median(whole) / 1_000).toFixed(2)} s`,
      limit: `${LIMIT} × bare Baileys (${(median(bare) / 1_000).toFixed(2)} s)`,
      ratio,
      ok: ratio <= LIMIT,
    },
  ];
}

async function inWorld(run: (world: World) => Promise<number>): Promise<number> {
  const world = await createWorld('wide');
  try {
    return await run(world);
  } finally {
    await world.close();
  }
}

async function bareBaileys(world: World): Promise<number> {
  const { waUrl, rootKeyHex, mediaUrl, caFile, oracle, phone } = world.simulator;
  const script = fileURLToPath(new URL('./bare-client.ts', import.meta.url));
  const target = JSON.stringify({ waUrl, rootKeyHex, mediaUrl, caFile });
  const child = spawn(process.execPath, [script, target, String(oracle.counts().pushed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let startedAt = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as { qr?: string; done?: number };
    if (said.qr !== undefined) {
      startedAt = performance.now();
      await phone.scanQr(said.qr);
    }
    if (said.done !== undefined) return performance.now() - startedAt;
  }
  throw new Error('the bare client ended early');
}

async function tandem(world: World): Promise<number> {
  const service = await world.start({ TANDEM_LOG_LEVEL: 'warn' });
  const qr = await until(async () => {
    const offer = (await service.status()).engines[0]?.offer;
    return offer?.method === 'qr' ? offer.text : null;
  }, 'QR');
  const { pushed } = world.simulator.oracle.counts();
  const startedAt = performance.now();
  await world.simulator.phone.scanQr(qr);
  // Looked up from outside: asking the service would be work for the service.
  const store = new Database(join(world.dataDir, 'history.db'), { readonly: true });
  const committed = store.prepare<[], { n: number }>(
    'SELECT COALESCE(SUM(messages), 0) AS n FROM message_totals',
  );
  try {
    await until(() => committed.get()?.n === pushed, 'committed history', POLL_LIMIT_MS);
  } finally {
    store.close();
  }
  return performance.now() - startedAt;
}
