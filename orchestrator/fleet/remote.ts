import { createEngineClient, type EngineClient } from '#engines/contract/client.ts';
import type { EngineStatus } from '#engines/contract/state.ts';
import type { ErrorCode } from '#kernel/errors.ts';
import { TandemError, toTandemError } from '#kernel/errors.ts';
import { createEmitter } from '../emitter.ts';
import { createMutex } from '../mutex.ts';
import { pause } from '../pause.ts';
import { backoffMs } from './backoff.ts';
import type { Elsewhere } from './elsewhere.ts';
import { createProcessRecord } from './process-record.ts';
import type { Supervisor, SupervisorDeps, SupervisorEvent } from './supervisor.ts';

export interface RemoteSupervisorDeps extends Pick<SupervisorDeps, 'engine' | 'clock' | 'logger' | 'random'> {
  readonly elsewhere: Elsewhere;
  /** How long what runs the engine may take to start it again. */
  readonly restartTimeoutMs: number;
}

/** Asking whether it is back costs one refused connection; a person who restarts it should not wait longer. */
const LONGEST_PAUSE_MS = 5_000;
/** What only a person can put right is looked at now and then, so that it heals without a restart of the service. */
const REST_MS = 60_000;
/** Below common proxy timeouts. */
const POLL_WAIT_MS = 20_000;
/** Between two looks whether a process that was asked to restart is back. */
const LOOK_MS = 250;

const NEEDS_A_PERSON: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONFIG_INVALID',
  'ENGINE_PROTOCOL',
  'ENGINE_SECRET_WRONG',
]);
const AWAY: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['ENGINE_UNREACHABLE', 'ENGINE_TIMEOUT']);

interface Connection {
  readonly client: EngineClient;
  readonly generation: number;
  readonly abort: AbortController;
}

/**
 * The supervisor's face for an engine that something else runs, such as a container. It is `running` while it answers; a
 * generation is one uninterrupted connection. A restart that was asked for ends the process: who runs it starts it again, and
 * the session, the outbox and its offset stay. A process that hangs can only be left and tried again.
 */
export function createRemoteSupervisor(deps: RemoteSupervisorDeps): Supervisor {
  const { engine, clock, logger, elsewhere } = deps;
  const lock = createMutex();
  const events = createEmitter<SupervisorEvent>(logger);
  const record = createProcessRecord(engine);
  const { set, planStart, cancelStart } = record;
  let wanted = new AbortController();
  wanted.abort();
  let failures = 0;
  let connection: Connection | null = null;

  /** Under the lock. One try; a failure is in the view and is repeated. */
  async function connect(): Promise<void> {
    const { signal } = wanted;
    cancelStart();
    if (signal.aborted || connection !== null) return;
    if (record.view.error === null) set({ state: 'starting' });
    let client: EngineClient | null = null;
    try {
      const { baseUrl } = elsewhere;
      client = withoutPid(createEngineClient({ name: engine, baseUrl, secret: elsewhere.secret() }));
      const status = await client.status(undefined, 0, signal);
      if (status.engine !== engine) throw strangerAt(status);
      opened(client, status);
    } catch (thrown) {
      await client?.close();
      const error = explained(toTandemError(thrown));
      if (!signal.aborted) tryLater(error);
      throw error;
    }
  }

  function opened(client: EngineClient, status: EngineStatus): void {
    failures = 0;
    const generation = record.view.generation + 1;
    const mine = { client, generation, abort: new AbortController() };
    connection = mine;
    set({ state: 'running', generation, startedAtMs: clock.now(), nextStartAtMs: null, error: null });
    logger.info('engine elsewhere answers', { engine, generation });
    events.emit({ type: 'up', generation, client });
    void watch(mine, status);
  }

  /** A poll that hangs on the process: it breaks with it. */
  async function watch(mine: Connection, first: EngineStatus): Promise<void> {
    let { revision } = first;
    try {
      while (connection === mine) {
        const status = await mine.client.status(revision, POLL_WAIT_MS, mine.abort.signal);
        // Behind a proxy a connection may outlive the process.
        if (status.revision < revision) throw new TandemError('ENGINE_UNREACHABLE', { engine });
        revision = status.revision;
      }
    } catch (thrown) {
      if (connection !== mine) return;
      const error = explained(toTandemError(thrown));
      set({ deaths: record.view.deaths + 1 });
      leave(error);
      tryLater(error);
    }
  }

  function leave(error: TandemError): void {
    if (connection === null) return;
    const { client, generation, abort } = connection;
    connection = null;
    abort.abort();
    set({ error, startedAtMs: null });
    events.emit({ type: 'down', generation, error });
    void client.close();
  }

  function tryLater(error: TandemError): void {
    cancelStart();
    failures += 1;
    const resting = NEEDS_A_PERSON.has(error.code);
    const pauseMs = resting ? REST_MS : Math.min(LONGEST_PAUSE_MS, backoffMs(failures, deps.random()));
    if (record.view.error?.code !== error.code || failures === 1)
      logger.warn('engine elsewhere does not answer', { engine, error, resting });
    set({ state: resting ? 'resting' : 'waiting', nextStartAtMs: clock.now() + pauseMs, error });
    planStart(pauseMs, () => void lock.run(connect).catch(() => undefined));
  }

  /** Waiting for an engine to be back is not failing. */
  async function comeBack(signal: AbortSignal): Promise<void> {
    for (let waited = 0; waited < deps.restartTimeoutMs && !signal.aborted; waited += LOOK_MS) {
      const error = await connect().then(
        () => null,
        (thrown: unknown) => toTandemError(thrown),
      );
      if (error === null || !AWAY.has(error.code)) break;
      await pause(LOOK_MS, signal);
    }
    if (connection === null && !signal.aborted) throw notBack(record.view.error);
  }

  /** What to look at is another thing than for a process of our own. */
  function explained(error: TandemError): TandemError {
    if (!AWAY.has(error.code)) return error;
    return new TandemError(error.code, {
      message: `The engine at ${elsewhere.baseUrl} does not answer.`,
      hint: `Look whether it runs and whether ${elsewhere.setting} leads to it; this service goes on trying, and nothing is lost meanwhile.`,
      engine,
      details: { ...error.details, elsewhere: true },
      cause: error,
    });
  }

  function strangerAt(status: EngineStatus): TandemError {
    const problem = `leads to the engine ${status.engine}`;
    return new TandemError('CONFIG_INVALID', {
      message: `${elsewhere.setting}: ${problem}`,
      engine,
      details: { problems: [{ setting: elsewhere.setting, problem }] },
    });
  }

  function notBack(error: TandemError | null): TandemError {
    if (error !== null && !AWAY.has(error.code)) return error;
    return new TandemError('ENGINE_START_FAILED', {
      message: `The engine at ${elsewhere.baseUrl} ended for its restart and has not come back.`,
      hint: 'What runs it must start it again (in compose: `restart: unless-stopped`). Start it by hand; this service finds it.',
      engine,
      details: { stage: 'elsewhere', afterMs: deps.restartTimeoutMs },
    });
  }

  return {
    engine,
    view: () => record.view,
    start: () => {
      if (wanted.signal.aborted) wanted = new AbortController();
      return lock.run(connect);
    },
    stop: () => {
      // Not behind the lock: a try that hangs must not hold the stop back.
      wanted.abort();
      cancelStart();
      return lock.run(() => {
        leave(new TandemError('ENGINE_UNREACHABLE', { engine, details: { reason: 'stopped' } }));
        set({ state: 'stopped', nextStartAtMs: null, error: null });
        return Promise.resolve();
      });
    },
    restart: (reason, generation) =>
      lock.run(async () => {
        if (generation !== undefined && generation !== record.view.generation) return;
        logger.info('engine elsewhere restarts', { engine, reason });
        const { signal } = wanted;
        cancelStart();
        failures = 0;
        if (connection === null) return connect();
        const error = new TandemError('ENGINE_UNREACHABLE', { engine, details: { reason } });
        if (reason === 'unresponsive') {
          leave(explained(error));
          return connect();
        }
        await connection.client.exit(signal);
        leave(error);
        set({ state: 'stopping' });
        await comeBack(signal);
      }),
    on: events.on,
  };
}

/** The number of a process in another container could be that of any process here. */
function withoutPid(client: EngineClient): EngineClient {
  return {
    ...client,
    status: async (...request) => ({ ...(await client.status(...request)), pid: null }),
  };
}
