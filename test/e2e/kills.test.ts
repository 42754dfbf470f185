import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, processesNaming } from '#kernel/processes.ts';
import { until } from '#kernel/testing/until.ts';
import { assertSame, compareStore } from '../rig/compare.ts';
import { seededRandom } from '../rig/random.ts';
import type { Service } from '../rig/service.ts';
import { bothEngines, createWorld, linkedDevice, scanWhenAsked, type World } from '../rig/world.ts';

/** A number reproduces a run: TANDEM_TEST_SEED=… npm run test:e2e. */
const SEED = Number(process.env.TANDEM_TEST_SEED ?? Math.floor(Math.random() * 1_000_000));
/** `npm run test:crash` plays fifty; this many fit into every run. */
const ROUNDS = Number(process.env.TANDEM_TEST_KILL_ROUNDS ?? 20);
/** A browser starts anew after most kills: a few rounds are what a run can wait for. */
const ROUNDS_WITH_BOTH = Math.ceil(ROUNDS / 20);
const MOST_KILLS_A_ROUND = 3;
const ROUND_LIMIT_MS = 45_000;
const LOOK_MS = 20;
/** Longer than the store takes for a batch. */
const SETTLED_MS = 300;

/** Who is run, and who dies. */
interface Cast {
  readonly env: Readonly<Record<string, string>>;
  /** One of these sets at each kill. */
  readonly targets: readonly (readonly ('service' | 'baileys' | 'webjs')[])[];
  /** Linking and the whole sync of this account take about this long: kills fall anywhere within. */
  readonly killWindowMs: number;
  isComplete(world: World, service: Service): Promise<boolean>;
}

const ALONE: Cast = {
  env: {},
  targets: [['baileys'], ['service'], ['baileys', 'service']],
  killWindowMs: 2_500,
  isComplete: async (world, service) => {
    const device = linkedDevice(world);
    if (device === '') return false;
    const { pushed } = world.simulator.oracle.counts();
    const status = await service.status();
    return world.simulator.deliveries.count(device) === pushed && status.store?.messages === pushed;
  },
};

const BOTH: Cast = {
  env: bothEngines,
  targets: [['baileys'], ['webjs'], ['baileys', 'webjs'], ['service'], ['baileys', 'webjs', 'service']],
  killWindowMs: 5_000,
  isComplete: async (world, service) => {
    const before = await service.status();
    if (!before.engines.every(({ level }) => level === 'ready')) return false;
    // The other one has at hand what its page holds: less, or more, than the phone pushes.
    const baileys = before.engines.find(({ engine }) => engine === 'baileys');
    if ((baileys?.contributed?.messages ?? 0) < world.simulator.oracle.counts().pushed) return false;
    await sleep(SETTLED_MS);
    return (await service.status()).store?.messages === before.store?.messages;
  },
};

describe(`kill -9 during a history sync (seed ${SEED})`, function () {
  // A loss that happens once in fifty is what this is looking for.
  this.retries(0);
  const random = seededRandom(SEED);

  for (let round = 1; round <= ROUNDS; round++) {
    it(`round ${round}: store equals the account, nothing twice R:kill-safe`, async function () {
      this.timeout(ROUND_LIMIT_MS * 2);
      await play(`kills-${SEED}-${round}`, ALONE, random, async ({ dataDir, simulator }, device) => {
        const { oracle, deliveries } = simulator;
        const comparison = await compareStore(dataDir, oracle.delivered(deliveries, device));
        assertSame(comparison);
        assert.ok(comparison.stored > 100, `only ${comparison.stored} messages`);
      });
    });
  }
});

describe(`kill -9 while both engines sync (seed ${SEED})`, function () {
  this.retries(0);
  const random = seededRandom(SEED + 1);

  for (let round = 1; round <= ROUNDS_WITH_BOTH; round++) {
    it(`round ${round}: the store holds all that was pushed, nothing twice, nothing that nobody wrote R:kill-safe`, async function () {
      this.timeout(ROUND_LIMIT_MS * 2);
      await play(`kills-both-${SEED}-${round}`, BOTH, random, async ({ dataDir, simulator }) => {
        const pushed = [...simulator.oracle.messages()].filter((message) => message.pushed);
        const { missing, expected } = await compareStore(dataDir, pushed);
        // The page may hold what was not pushed.
        const all = await compareStore(dataDir, simulator.oracle.messages());
        const { unexpected, twice, different } = all;
        assert.deepEqual(
          { missing, unexpected, twice, different },
          { missing: [], unexpected: [], twice: [], different: [] },
        );
        assert.ok(expected > 100, `only ${expected} messages`);
      });
    });
  }
});

/** One round: a sync with kills, then the end of all processes, then `compare` on what they left in the store. */
async function play(
  seed: string,
  cast: Cast,
  random: () => number,
  compare: (world: World, device: string) => Promise<void>,
): Promise<void> {
  const world = await createWorld('tiny', { seed, pushedPerChat: 60 });
  world.simulator.faults.phone.chunkDelayMs = 60;
  try {
    const pids = await sufferKills(world, cast, random);
    const left = () => [...pids].filter(isRunning).concat(processesNaming(world.dataDir));
    await until(() => left().length === 0, 'end of all processes');
    await compare(world, linkedDevice(world));
    assert.deepEqual(left(), [], 'a process was left behind');
  } finally {
    await world.close();
  }
}

/** Runs the service, kills at random moments, starts again; returns every pid that ever ran. */
async function sufferKills(world: World, cast: Cast, random: () => number): Promise<Set<number>> {
  const pids = new Set<number>();
  const kills = 1 + Math.floor(random() * MOST_KILLS_A_ROUND);
  let service = await world.start(cast.env);
  for (let kill = 0; kill < kills; kill++) {
    const targets = cast.targets[Math.floor(random() * cast.targets.length)] ?? ['service'];
    await runFor(world, service, random() * cast.killWindowMs, pids);
    for (const target of targets)
      if (target !== 'service') await service.killEngine(target).catch(() => false);
    if (targets.includes('service')) {
      await service.kill();
      service = await world.start(cast.env);
    }
  }
  await until(
    async () => {
      await look(world, service, pids);
      return cast.isComplete(world, service);
    },
    'complete history',
    ROUND_LIMIT_MS,
  );
  await service.stop();
  return pids;
}

async function runFor(world: World, service: Service, ms: number, pids: Set<number>): Promise<void> {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    await look(world, service, pids);
    await sleep(LOOK_MS);
  }
}

async function look(world: World, service: Service, pids: Set<number>): Promise<void> {
  for (const { pid } of (await service.status()).engines) if (pid) pids.add(pid);
  pids.add(service.pid);
  await scanWhenAsked(world, service);
}
