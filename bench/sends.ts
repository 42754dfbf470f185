import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '#kernel/testing/until.ts';
import { backendStatus } from '#mcp/tools/backend_status.ts';
import { faults, type Scene } from '../test/chaos/faults.ts';
import { arrivals } from '../test/rig/arrivals.ts';
import { type Assistant, connectAssistant, type Outcome } from '../test/rig/assistant.ts';
import { startLinked } from '../test/rig/linked.ts';
import { seededRandom } from '../test/rig/random.ts';
import type { Service } from '../test/rig/service.ts';
import { bothEngines, createWorld } from '../test/rig/world.ts';
import type { BenchRow } from './row.ts';

const SENDS = 1_000;
const AT_A_TIME = 10;
const SEED = 20_261_121;
/** Most of a send happens within this time: the fault falls before, into or after it. */
const FAULT_WINDOW_MS = 80;
const READY_LIMIT_MS = 60_000;
/** The caller of a service that was killed waits no longer. */
const ANSWER_LIMIT_MS = 30_000;
const SETTINGS = {
  ...bothEngines,
  TANDEM_SENDING: 'on',
  TANDEM_SENDS_PER_MINUTE: '600',
  TANDEM_LOG_LEVEL: 'warn',
  TANDEM_WEBJS_HEARTBEAT_MS: '1000',
  TANDEM_WEBJS_CALL_TIMEOUT_MS: '3000',
  TANDEM_ENGINE_HEALTH_INTERVAL_MS: '2000',
};
const KINDS = [
  'none',
  'lost before the server',
  'no acknowledgement',
  'drop the socket',
  'hang the page',
  'kill baileys',
  'kill webjs',
  'kill the service',
] as const;

interface Send {
  readonly text: string;
  /** Null = the service died with the call. */
  readonly outcome: Outcome | null;
}

/** 1,000 messages while engines, pages, connections and the service break: each arrives once or not at all, as told. */
export async function benchSends(): Promise<BenchRow[]> {
  const world = await createWorld('tiny');
  const random = seededRandom(SEED);
  const sends: Send[] = [];
  try {
    let service: Service = await startLinked(world, SETTINGS);
    let assistant: Assistant = await connectAssistant(service);
    let alive = Promise.withResolvers<null>();
    const scene: Scene = {
      world,
      service: () => service,
      restartService: async () => {
        await service.kill();
        alive.resolve(null);
        alive = Promise.withResolvers();
        await assistant.close();
        service = await world.start(SETTINGS);
        assistant = await connectAssistant(service);
      },
      browserPid: () => Promise.resolve(null),
    };
    const to = [...world.simulator.oracle.chats()].flatMap(({ kind, canonicalJid }) =>
      kind === 'direct' ? [canonicalJid] : [],
    );
    const send = async (n: number) => {
      const text = `bench ${n}`;
      const request = { to: to[n % to.length], message: text, idempotency_key: text };
      const outcome = await Promise.race([
        assistant.attempt('send_message', request).catch(() => null),
        alive.promise,
        sleep(ANSWER_LIMIT_MS, null),
      ]);
      sends.push({ text, outcome });
    };
    for (let from = 0; from < SENDS; from += AT_A_TIME) {
      const kind = KINDS[(from / AT_A_TIME) % KINDS.length] ?? 'none';
      if (kind === 'lost before the server') world.simulator.faults.nextSends('lost', 'lost');
      if (kind === 'no acknowledgement') world.simulator.faults.nextSends('unacknowledged', 'unacknowledged');
      const calls = Array.from({ length: AT_A_TIME }, (_, at) => send(from + at));
      await sleep(random() * FAULT_WINDOW_MS);
      await faults[kind]?.(scene);
      await Promise.all(calls);
      world.simulator.faults.reset();
      await until(
        async () => (await assistant.call(backendStatus, {})).available_count > 0,
        'an engine that is available',
        READY_LIMIT_MS,
      );
    }
    await assistant.close();
  } finally {
    await world.close();
  }
  return judge(sends, arrivals(world.simulator));
}

function judge(sends: readonly Send[], arrived: ReadonlyMap<string, number>): BenchRow[] {
  const copies = ({ text }: Send) => arrived.get(text) ?? 0;
  const twice = sends.filter((one) => copies(one) > 1).length;
  const untold = sends.filter((one) => copies(one) === 0 && one.outcome?.ok === true).length;
  const falselyFailed = sends.filter(
    (one) =>
      copies(one) > 0 &&
      one.outcome !== null &&
      !one.outcome.ok &&
      one.outcome.error.code !== 'DELIVERY_UNKNOWN',
  ).length;
  const told = (code: string) =>
    sends.filter(({ outcome }) => outcome?.ok === false && outcome.error.code === code).length;
  const confirmed = sends.filter(({ outcome }) => outcome?.ok === true).length;
  const cut = sends.filter(({ outcome }) => outcome === null).length;
  const row = (name: string, value: number): BenchRow => ({
    name,
    value: String(value),
    limit: '0',
    ratio: null,
    ok: value === 0,
  });
  return [
    {
      name: `${SENDS} sends under faults: confirmed`,
      value: `${confirmed}; outcome said to be unknown ${told('DELIVERY_UNKNOWN')}; cut off with the service ${cut}; refused ${SENDS - confirmed - cut - told('DELIVERY_UNKNOWN')}`,
      limit: '-',
      ratio: null,
      ok: true,
    },
    row('of them: arrived twice', twice),
    row('of them: said to be sent and never arrived', untold),
    row('of them: said to have failed and arrived', falselyFailed),
  ];
}
