import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { processesNaming, residentBytesOf } from '#kernel/processes.ts';
import { until } from '#kernel/testing/until.ts';
import { backendStatus } from '#mcp/tools/backend_status.ts';
import { arrivals } from '../rig/arrivals.ts';
import { type Assistant, connectAssistant, type Outcome } from '../rig/assistant.ts';
import { compareStore } from '../rig/compare.ts';
import { startLinked } from '../rig/linked.ts';
import { seededRandom } from '../rig/random.ts';
import type { Service } from '../rig/service.ts';
import { bothEngines, createWorld, type World } from '../rig/world.ts';
import { faultNames, faults } from './faults.ts';
import { liveOn } from './life.ts';

/** A number reproduces a run, as far as processes do: TANDEM_TEST_SEED=… npm run test:chaos. */
const SEED = Number(process.env.TANDEM_TEST_SEED ?? Math.floor(Math.random() * 1_000_000));
const STEPS = Number(process.env.TANDEM_TEST_CHAOS_STEPS ?? 60);
/** Every so many steps all has to be well again: the store is held against the account there. */
const STEPS_BETWEEN_RESTS = 10;
const PAUSE_MAX_MS = 900;
const READY_LIMIT_MS = 90_000;
const SETTLE_LIMIT_MS = 45_000;
/** Memory of the service at the end against that after the first rest; caches and the garbage of one moment pass. */
const GROWTH_MAX = 1.5;
/** A quick watchdog, so that an hour of trouble fits into minutes. */
const SETTINGS = {
  ...bothEngines,
  TANDEM_SENDING: 'on',
  TANDEM_SENDS_PER_MINUTE: '600',
  TANDEM_WEBJS_HEARTBEAT_MS: '1000',
  TANDEM_WEBJS_CALL_TIMEOUT_MS: '3000',
  TANDEM_ENGINE_HEALTH_INTERVAL_MS: '2000',
};

interface Send {
  readonly text: string;
  readonly outcome: Outcome | null;
}

describe(`chaos (seed ${SEED}, ${STEPS} steps)`, () => {
  const random = seededRandom(SEED);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  let world: World;
  let service: Service;
  let assistant: Assistant;
  const sends: Send[] = [];

  before(async function () {
    this.timeout(120_000);
    world = await createWorld('tiny');
    service = await startLinked(world, SETTINGS);
    assistant = await connectAssistant(service);
  });

  const restartService = async () => {
    await service.kill();
    await assistant.close();
    service = await world.start(SETTINGS);
    assistant = await connectAssistant(service);
  };
  const scene = {
    get world() {
      return world;
    },
    service: () => service,
    restartService,
    browserPid: async () => {
      const { engines } = await assistant.call(backendStatus, {});
      return engines.find(({ name }) => name === 'webjs')?.browser?.pid ?? null;
    },
  };

  const rest = async () => {
    world.simulator.faults.reset();
    world.simulator.web.faults.reset();
    await until(
      async () => (await service.status()).engines.every(({ level }) => level === 'ready'),
      'both engines ready again',
      READY_LIMIT_MS,
    );
    let stored = -1;
    await until(
      async () => {
        const now = (await service.status()).store?.messages ?? 0;
        const wanted = world.simulator.oracle.counts().pushed;
        const isSettled = now === stored && now >= wanted;
        stored = now;
        await sleep(300);
        return isSettled;
      },
      'everything in the store',
      SETTLE_LIMIT_MS,
    );
  };

  const send = async (n: number) => {
    const chats = [...world.simulator.oracle.chats()].filter(({ kind }) => kind === 'direct');
    const text = `chaos ${SEED} ${n}`;
    const request = { to: pick(chats).canonicalJid, message: text, idempotency_key: text };
    const outcome = await Promise.race([
      assistant.attempt('send_message', request).catch(() => null),
      sleep(30_000, null),
    ]);
    sends.push({ text, outcome });
  };
  const read = () => {
    const chats = [...world.simulator.oracle.chats()].filter(({ kind }) => kind === 'group');
    return assistant.attempt('get_group_info', { group: pick(chats).canonicalJid }).catch(() => null);
  };

  it('goes through it', async function () {
    this.timeout(STEPS * 30_000);
    let calm = 0;
    for (let step = 1; step <= STEPS; step += 1) {
      const name = pick(faultNames);
      for (let n = 0; n < 3; n += 1) liveOn(world.simulator.account, random, step * 10 + n);
      const trouble = Promise.resolve(faults[name]?.(scene));
      const calls = name === 'kill the service' ? [] : [send(step), read()];
      await Promise.all([trouble, ...calls]);
      await sleep(random() * PAUSE_MAX_MS);
      if (step % STEPS_BETWEEN_RESTS !== 0) continue;
      await rest();
      if (calm === 0) calm = residentBytesOf(service.pid) ?? 0;
    }
    await rest();
    const growth = (residentBytesOf(service.pid) ?? 0) / calm;
    assert.ok(growth < GROWTH_MAX, `the service holds ${growth.toFixed(2)} times what it held at first`);
  });

  it('told the truth about every message, and nobody got one twice R:sent-at-most-once', () => {
    const arrived = arrivals(world.simulator);
    for (const { text, outcome } of sends) {
      const copies = arrived.get(text) ?? 0;
      assert.ok(copies <= 1, `${text} arrived ${copies} times`);
      if (outcome === null) continue;
      if (outcome.ok) assert.equal(copies, 1, `${text} was said to be sent`);
      else if (outcome.error.code !== 'DELIVERY_UNKNOWN')
        assert.equal(copies, 0, `${text} was said to have failed: ${outcome.error.code}`);
    }
  });

  it('holds what the account holds, once, and leaves no process behind R:kill-safe', async function () {
    this.timeout(60_000);
    await assistant.close();
    await service.stop();
    const { oracle } = world.simulator;
    const pushed = [...oracle.messages()].filter((message) => message.pushed);
    const { missing, twice, different } = await compareStore(world.dataDir, pushed);
    // What was not pushed may have been asked for by the second engine; what nobody wrote may not be there.
    const { unexpected } = await compareStore(world.dataDir, oracle.messages());
    assert.deepEqual(
      { missing, unexpected, twice, different },
      { missing: [], unexpected: [], twice: [], different: [] },
    );
    await until(() => processesNaming(world.dataDir).length === 0, 'end of every process of this account');
    await world.close();
  });
});
