import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { ServiceContext } from '../context.ts';
import { type Check, failed, passed } from './check.ts';

/** What is known of the job queue from outside; nothing in it is of the account. */
export interface QueueFacts {
  readonly backend: 'redis' | 'embedded';
  readonly state: 'asleep' | 'starting' | 'up' | 'down';
  /** Code of the last fault while `down`. */
  readonly error: string | null;
  readonly sinceMs: number;
  /** Null while the store of the queue does not answer. */
  readonly entries: {
    readonly waiting: number;
    readonly active: number;
    readonly delayed: number;
    readonly failed: number;
  } | null;
  /** Queues that somebody has paused: their entries rest, and no job knows of it. */
  readonly paused: readonly string[];
  /** As Redis tells of itself; null for the embedded queue, and while Redis does not answer. */
  readonly redis: {
    readonly version: string;
    /** What it does when its memory is full. */
    readonly evictionPolicy: string;
    /** It has written to disk what it holds. */
    readonly persistent: boolean;
  } | null;
}

/** What Redis says to who has no password, a wrong one, or too few rights. */
const REFUSALS: Readonly<Record<string, string>> = {
  WRONGPASS: 'The password or the user name in TANDEM_REDIS_URL is wrong',
  NOAUTH: 'Redis wants a password, and TANDEM_REDIS_URL has none',
  NOPERM: 'The user in TANDEM_REDIS_URL may not do what the queue needs',
};
/** What BullMQ's scripts are tested with. */
const REDIS_MINIMUM = [6, 2] as const;
/** Turns of jobs are handed over one by one: so many entries are not work that waits but work that is stuck. */
const DEPTH_WARNING = 1_000;
const MINUTE_MS = 60 * MILLISECONDS_PER_SECOND;

export async function checkQueue({ queueFacts, clock }: ServiceContext): Promise<Check[]> {
  if (queueFacts === undefined) return [passed('queue', 'Not looked at: no queue belongs to this service.')];
  const facts = await queueFacts();
  return [
    reachable(facts, clock.now()),
    ...(facts.paused.length === 0 ? [] : [paused(facts.paused)]),
    ...(facts.redis === null ? [] : [redisSettings(facts.redis)]),
    ...(facts.entries === null ? [] : [depth(facts.entries)]),
  ];
}

function reachable({ backend, state, error, sinceMs }: QueueFacts, nowMs: number): Check {
  const name = backend === 'redis' ? 'Redis' : 'The embedded queue';
  if (state === 'down') {
    const refusal = REFUSALS[error ?? ''];
    const minutes = Math.max(0, Math.floor((nowMs - sinceMs) / MINUTE_MS));
    return failed(
      'queue',
      'error',
      refusal === undefined
        ? `${name} does not answer (${error ?? 'no reason given'}), for ${minutes} min.`
        : `${refusal} (${error}), for ${minutes} min.`,
      refusal !== undefined
        ? 'Correct it, written like redis://user:password@host:6379/0, and restart the service. Jobs are kept in the database.'
        : backend === 'redis'
          ? 'See that Redis runs where TANDEM_REDIS_URL points. Jobs are kept in the database and go on when it is back.'
          : 'It is opened again by itself; restart the service when that goes on. Jobs are kept in the database.',
      'QUEUE_UNAVAILABLE',
    );
  }
  const words = {
    up: 'answers',
    asleep: 'sleeps: there is nothing to do, and it wakes with the next job',
    starting: 'is starting',
  };
  return passed('queue', `${name} ${words[state]}.`);
}

function paused(queues: readonly string[]): Check {
  return failed(
    'queue_paused',
    'error',
    `Somebody has paused the queue of ${queues.join(', ')}: its jobs stand still.`,
    'Resume it at /queues. To stop single jobs for a while, pause them on the status page or with `tandem history pause`.',
  );
}

function redisSettings({ version, evictionPolicy, persistent }: NonNullable<QueueFacts['redis']>): Check {
  const id = 'queue_redis';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < REDIS_MINIMUM[0] || (major === REDIS_MINIMUM[0] && minor < REDIS_MINIMUM[1]);
  const finding = `Redis ${version}, maxmemory-policy ${evictionPolicy}, ${persistent ? 'written to disk' : 'nothing written to disk yet'}.`;
  if (isOld) return failed(id, 'warning', finding, `Update Redis to ${REDIS_MINIMUM.join('.')} or later.`);
  if (evictionPolicy !== 'noeviction') {
    const remedy =
      'Set maxmemory-policy to noeviction: another policy throws jobs away when memory is short, and they are handed over again late.';
    return failed(id, 'warning', finding, remedy);
  }
  // Without persistence a restart of Redis costs half a minute: the database hands everything over again.
  return passed(id, finding);
}

function depth({ waiting, active, delayed, failed: dead }: NonNullable<QueueFacts['entries']>): Check {
  const finding = `${active} running, ${waiting} waiting, ${delayed} for later, ${dead} failed entries.`;
  if (waiting + delayed > DEPTH_WARNING) {
    const remedy =
      'See whether a worker runs at all: /queues shows the entries, the log of the service says why.';
    return failed('queue_depth', 'warning', finding, remedy);
  }
  return passed('queue_depth', finding);
}
