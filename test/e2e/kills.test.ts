import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertSame, compareStore } from '../rig/compare.ts';
import { seededRandom } from '../rig/random.ts';
import { isAlive, type Service, until } from '../rig/service.ts';
import { createWorld, linkedDevice, scanWhenAsked, type World } from '../rig/world.ts';

/** A number reproduces a run: TANDEM_TEST_SEED=… npm run test:e2e. */
const SEED = Number(process.env.TANDEM_TEST_SEED ?? Math.floor(Math.random() * 1_000_000));
const ROUNDS = Number(process.env.TANDEM_TEST_KILL_ROUNDS ?? 50);
const TARGETS = ['engine', 'service', 'both'] as const;
const MOST_KILLS_A_ROUND = 3;
/** Linking and the whole sync of this account take about this long: kills fall anywhere within. */
const KILL_WINDOW_MS = 2_500;
const ROUND_LIMIT_MS = 45_000;

describe(`kill -9 during a history sync (seed ${SEED})`, function () {
  // A loss that happens once in fifty is what this is looking for.
  this.retries(0);
  const random = seededRandom(SEED);

  for (let round = 1; round <= ROUNDS; round++) {
    it(`round ${round}: store equals the account, nothing twice R:kill-safe`, async function () {
      this.timeout(ROUND_LIMIT_MS * 2);
      const world = await createWorld('tiny', { seed: `kills-${SEED}-${round}`, pushedPerChat: 60 });
      world.simulator.faults.phone.chunkDelayMs = 60;
      try {
        const pids = await sufferKills(world, random);
        const comparison = await finish(world, pids);
        assertSame(comparison);
        assert.ok(comparison.stored > 100, `only ${comparison.stored} messages`);
        for (const pid of pids) assert.equal(isAlive(pid), false, 'a process was left behind');
      } finally {
        await world.close();
      }
    });
  }
});

/** Runs the service, kills at random moments, starts again; returns every pid that ever ran. */
async function sufferKills(world: World, random: () => number): Promise<Set<number>> {
  const pids = new Set<number>();
  const kills = 1 + Math.floor(random() * MOST_KILLS_A_ROUND);
  let service = await world.start();
  for (let kill = 0; kill < kills; kill++) {
    const target = TARGETS[Math.floor(random() * TARGETS.length)] ?? 'both';
    await runFor(world, service, random() * KILL_WINDOW_MS, pids);
    if (target !== 'service') await service.killEngine().catch(() => false);
    if (target !== 'engine') {
      await service.kill();
      service = await world.start();
    }
  }
  await until(() => isComplete(world, service, pids), 'complete history', ROUND_LIMIT_MS);
  await service.stop();
  return pids;
}

async function runFor(world: World, service: Service, ms: number, pids: Set<number>): Promise<void> {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    await look(world, service, pids);
    await sleep(20);
  }
}

async function look(world: World, service: Service, pids: Set<number>): Promise<void> {
  const engine = (await service.status()).engines[0];
  if (engine?.pid) pids.add(engine.pid);
  pids.add(service.pid);
  await scanWhenAsked(world, service);
}

async function isComplete(world: World, service: Service, pids: Set<number>): Promise<boolean> {
  await look(world, service, pids);
  const device = linkedDevice(world);
  if (device === '') return false;
  const { pushed } = world.simulator.oracle.counts();
  const status = await service.status();
  return world.simulator.deliveries.count(device) === pushed && status.store?.messages === pushed;
}

async function finish(world: World, pids: ReadonlySet<number>) {
  await until(() => [...pids].every((pid) => !isAlive(pid)), 'end of all processes');
  const { oracle, deliveries } = world.simulator;
  return compareStore(world.dataDir, oracle.delivered(deliveries, linkedDevice(world)));
}
