import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '#kernel/testing/until.ts';
import { sendMessage } from '#mcp/tools/send_message.ts';
import { type Assistant, connectAssistant, type Outcome } from '../rig/assistant.ts';
import { engineOf, startLinked } from '../rig/linked.ts';
import { seededRandom } from '../rig/random.ts';
import type { Service } from '../rig/service.ts';
import { createWorld, type World } from '../rig/world.ts';

/** A number reproduces a run, as far as processes do: TANDEM_TEST_SEED=… npm run test:e2e. */
const SEED = Number(process.env.TANDEM_TEST_SEED ?? Math.floor(Math.random() * 1_000_000));
const SENDS_A_ROUND = 3;
/** A send takes some 20 ms: the fault falls before, into or after it. */
const FAULT_WINDOW_MS = 60;
const FAULTS = ['lost', 'unacknowledged', 'drop', 'busy', 'kill engine', 'kill service'] as const;
const ROUNDS = 2 * FAULTS.length;
const SETTINGS = { TANDEM_SENDING: 'on', TANDEM_SENDS_PER_MINUTE: '600' };
/** The call was cut off with the service; the caller knows nothing. */
const NO_ANSWER = 'no answer';
/** An answer that was on its way when the process died still arrives. */
const AFTER_KILL_MS = 200;
/** What a caller may hear when the engine or its connection is gone. */
const HONEST = [
  'DELIVERY_UNKNOWN',
  'NOT_CONNECTED',
  'ENGINE_UNREACHABLE',
  'ENGINE_STARTING',
  'ENGINE_TIMEOUT',
  'NO_HEALTHY_ENGINE',
  'SEND_FAILED',
];

interface Attempt {
  readonly text: string;
  readonly to: string;
  readonly outcome: Outcome | typeof NO_ANSWER;
}

describe(`sending under random faults (seed ${SEED})`, function () {
  // A message that arrives twice once in a while is what this is looking for.
  this.retries(0);
  const random = seededRandom(SEED);
  let world: World;
  let service: Service;
  let assistant: Assistant;
  const attempts: Attempt[] = [];

  before(async () => {
    world = await createWorld('tiny');
    service = await startLinked(world, SETTINGS);
    assistant = await connectAssistant(service);
  });
  after(async () => {
    await assistant.close();
    await world.close();
  });

  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const recipients = () =>
    [...world.simulator.oracle.chats()]
      .filter(({ kind }) => kind === 'direct')
      .map(({ canonicalJid }) => canonicalJid);

  const cause = async (fault: (typeof FAULTS)[number]) => {
    const { faults } = world.simulator;
    if (fault === 'lost' || fault === 'unacknowledged') return faults.nextSends(fault);
    await sleep(random() * FAULT_WINDOW_MS);
    if (fault === 'drop') faults.drop();
    if (fault === 'busy') faults.streamError(503);
    if (fault === 'kill engine') await service.killEngine();
    if (fault === 'kill service') await service.kill();
  };

  const isReady = async () => {
    const isUp = await fetch(`${service.url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (!isUp) {
      await assistant.close();
      service = await world.start(SETTINGS);
      assistant = await connectAssistant(service);
    }
    await until(async () => (await engineOf(service)).level === 'ready', 'a ready engine', 30_000);
  };

  const request = ({ to, text }: Pick<Attempt, 'to' | 'text'>) => ({
    to,
    message: text,
    idempotency_key: text,
  });
  /** How often the recipient has it; texts are used once. */
  const copies = (text: string, to: string): number => {
    const jids =
      [...world.simulator.oracle.chats()].find(({ canonicalJid }) => canonicalJid === to)?.jids ?? [];
    return world.simulator.wire.mailbox
      .all()
      .filter((one) => one.text === text && jids.includes(one.recipientJid)).length;
  };

  it('tells the truth and nobody gets anything twice R:sent-at-most-once', async function () {
    this.timeout(180_000);
    const first = Math.floor(random() * FAULTS.length);
    for (let round = 0; round < ROUNDS; round++) {
      const fault = FAULTS[(first + round) % FAULTS.length] as (typeof FAULTS)[number];
      const { promise: cutOff, resolve: cut } = Promise.withResolvers<typeof NO_ANSWER>();
      const sending = Array.from({ length: SENDS_A_ROUND }, async (_, at) => {
        const one = { text: `round ${round} message ${at} during ${fault}`, to: pick(recipients()) };
        const answer = assistant
          .attempt('send_message', request(one))
          .catch((): typeof NO_ANSWER => NO_ANSWER);
        const outcome = await Promise.race([answer, cutOff]);
        attempts.push({ ...one, outcome });
      });
      await cause(fault);
      // The client would wait a minute for the answer of a process that is gone.
      if (fault === 'kill service') setTimeout(cut, AFTER_KILL_MS, NO_ANSWER);
      await Promise.all(sending);
      await isReady();
      world.simulator.faults.reset();
    }
    assert.equal(attempts.length, ROUNDS * SENDS_A_ROUND);
    for (const { text, to, outcome } of attempts) {
      const arrived = copies(text, to);
      assert.ok(arrived <= 1, `${text} arrived ${arrived} times`);
      if (outcome === NO_ANSWER) continue;
      if (outcome.ok) assert.equal(arrived, 1, `${text} was said to be sent`);
      else {
        assert.ok(HONEST.includes(outcome.error.code), `${text}: ${outcome.error.code}`);
        if (outcome.error.code !== 'DELIVERY_UNKNOWN')
          assert.equal(arrived, 0, `${text} was said to have failed`);
      }
    }
  });

  it('asked once more with the same keys, it sends only what was proven not to be sent', async function () {
    this.timeout(180_000);
    for (const { text, to, outcome } of attempts) {
      const before = copies(text, to);
      const again = await assistant.attempt('send_message', request({ text, to }));
      const after = copies(text, to);
      assert.ok(after <= 1, `${text} arrived ${after} times`);
      if (!again.ok)
        assert.equal(again.error.code, 'DELIVERY_UNKNOWN', `${text} ${to} ${JSON.stringify(again.error)}`);
      else assert.deepEqual([after, again.data.sent], [1, before === 0], text);
      if (outcome !== NO_ANSWER && outcome.ok && again.ok)
        assert.equal(again.data.message_id, outcome.data.message_id);
    }
  });

  it('sends as before when all is over', async () => {
    const [to = ''] = recipients();
    await assistant.call(sendMessage, { to, message: 'all is well' });
    assert.equal(copies('all is well', to), 1);
  });
});
