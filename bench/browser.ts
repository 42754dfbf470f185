import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { descendantsOf, processesNaming } from '#kernel/processes.ts';
import { until } from '#kernel/testing/until.ts';
import { startLinked } from '../test/rig/linked.ts';
import type { Service } from '../test/rig/service.ts';
import { createWorld } from '../test/rig/world.ts';
import type { BenchRow } from './row.ts';

const RESTARTS = 24;
const IDLE_MS = 5_000;
const BYTES_PER_MB = 1_048_576;
const BYTES_PER_KB = 1_024;
const GROWTH_LIMIT = 1.25;
const SHELLS = ['/usr/bin/chromium-headless-shell', '/usr/bin/chrome-headless-shell'];

/** What the engine with the browser costs at rest, and that restarts leave nothing behind. */
export async function benchBrowser(): Promise<BenchRow[]> {
  const rows = [...(await idle('Chromium', {}, true))];
  const shell = SHELLS.find((path) => existsSync(path));
  if (shell === undefined) return rows;
  const settings = { TANDEM_WEBJS_EXECUTABLE: shell, TANDEM_WEBJS_HEADLESS: 'shell' };
  return [...rows, ...(await idle('headless shell', settings, false))];
}

async function idle(
  name: string,
  settings: Readonly<Record<string, string>>,
  restarts: boolean,
): Promise<BenchRow[]> {
  const world = await createWorld('tiny');
  try {
    const env = { TANDEM_ENGINES: 'webjs', TANDEM_LOG_LEVEL: 'warn', ...settings };
    let service = await startLinked(world, env);
    const before = await atRest(service);
    const rows: BenchRow[] = [
      {
        name: `engine webjs at rest, ${name}, simulated page: whole process tree`,
        value: `${Math.round(before.bytes / BYTES_PER_MB)} MB proportional, ${before.processes} processes`,
        limit: '-',
        ratio: null,
        ok: true,
      },
    ];
    if (!restarts) return rows;
    // A profile that was used before costs something else than a fresh one, so the first restart is what counts.
    let first = before;
    for (let n = 0; n < RESTARTS; n += 1) {
      // By turns politely and not; every process below it has to end with it.
      if (n % 2 === 0) await service.kill();
      else await service.stop();
      await until(() => processesNaming(world.dataDir).length === 0, 'end of every process');
      service = await world.start(env);
      await until(async () => (await engine(service))?.level === 'ready', 'the engine ready again', 60_000);
      if (n === 0) first = await atRest(service);
    }
    const after = await atRest(service);
    const ratio = after.bytes / first.bytes;
    rows.push({
      name: `the same after ${RESTARTS} restarts, every other one by kill -9`,
      value: `${Math.round(after.bytes / BYTES_PER_MB)} MB proportional, ${after.processes} processes`,
      limit: `${GROWTH_LIMIT} × after the first (${Math.round(first.bytes / BYTES_PER_MB)} MB)`,
      ratio,
      ok: ratio <= GROWTH_LIMIT && after.processes <= first.processes + 1,
    });
    await service.stop();
    const left = processesNaming(world.dataDir).length;
    rows.push({
      name: `processes left after ${RESTARTS} restarts and the end`,
      value: String(left),
      limit: '0',
      ratio: null,
      ok: left === 0,
    });
    return rows;
  } finally {
    await world.close();
  }
}

async function engine(service: Service) {
  return (await service.status()).engines[0];
}

async function atRest(service: Service): Promise<{ readonly bytes: number; readonly processes: number }> {
  await sleep(IDLE_MS);
  const pid = (await engine(service))?.pid ?? 0;
  const pids = [pid, ...descendantsOf(pid)];
  return { bytes: proportionalBytes(pids), processes: pids.length };
}

/** Memory in bytes with shared pages counted by share, which is what a whole tree of processes costs. */
function proportionalBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + proportionalKilobytes(pid) * BYTES_PER_KB, 0);
}

function proportionalKilobytes(pid: number): number {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0);
  } catch {
    // Gone meanwhile, or no Linux.
    return 0;
  }
}
