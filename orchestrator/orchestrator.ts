import { type EngineName, engineNames } from '#engines/contract/capability.ts';
import type { EngineClient } from '#engines/contract/client.ts';
import type { EngineStatus } from '#engines/contract/state.ts';
import type { History } from '#history/contracts/history.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Config } from '#kernel/config.ts';
import { TandemError, toErrorBody } from '#kernel/errors.ts';
import type { IdSource } from '#kernel/ids.ts';
import type { Logger } from '#kernel/logger.ts';
import { type AccountGuard, createAccountGuard } from './account-guard.ts';
import { createEmitter } from './emitter.ts';
import { createFleet, type Fleet } from './fleet/fleet.ts';
import type { ProcessView } from './fleet/process-record.ts';
import type { Supervisor } from './fleet/supervisor.ts';
import { createBreakers } from './health/breaker.ts';
import { createEngineMonitor, type EngineMonitor } from './health/monitor.ts';
import { type Consumer, createConsumer, type Ingested, type IngestView } from './ingest/consumer.ts';
import { pause } from './pause.ts';
import { createRecoveries } from './recovery/recovery.ts';
import { checkRoutes } from './routing/preference.ts';
import { createRouter } from './routing/router.ts';
import { createStandings } from './routing/standing.ts';
import { createSelfTest, type SelfTest } from './self-test/self-test.ts';
import { createSending, type Sending } from './sending/sending.ts';
import type { EngineView, FleetPort, Recovery, RecoveryPort, RouterPort } from './services/ports.ts';

export interface OrchestratorDeps {
  readonly config: Config;
  /** Opened and owned by the caller, who also closes it after stop(). */
  readonly history: History;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Environment for engine processes; that of this process by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** Takes the log lines of engine processes; stderr by default. */
  readonly forwardLog?: (line: string) => void;
}

/** Engines, their health, what they learn and what they are asked, in one place. */
export interface Orchestrator extends FleetPort {
  readonly router: RouterPort;
  readonly sending: Sending;
  readonly recovery: RecoveryPort;
  /** Settles what a crash left open and starts the engines; never waits for an engine. */
  start(): Promise<void>;
  /** Ends ingest after the batch under way, then the engines. */
  stop(): Promise<void>;
  /** A fresh engine process. Resolves when it is ready; throws ENGINE_START_FAILED. */
  restart(engine: EngineName): Promise<void>;
  processes(): readonly ProcessView[];
  ingest(): readonly IngestView[];
  /** Asks an engine what its outbox holds now. Throws ENGINE_UNREACHABLE. */
  holds(engine: EngineName, signal?: AbortSignal): Promise<EngineStatus['outbox']>;
  /** After every committed batch. */
  onIngested(listener: (event: Ingested) => void): () => void;
  /** After every change of an engine's status. */
  onStatus(listener: (status: EngineStatus) => void): () => void;
}

/** One engine with everything that watches it. */
interface Post {
  readonly supervisor: Supervisor;
  readonly monitor: EngineMonitor;
  readonly consumer: Consumer;
  readonly guard: AccountGuard;
  readonly selfTest: SelfTest;
  client: EngineClient | null;
}

/** Throws CONFIG_INVALID for a route of a capability that does not exist, or that its engine never has. */
export function createOrchestrator(deps: OrchestratorDeps): Orchestrator {
  const { config, history, logger, clock, ids } = deps;
  checkRoutes(config.routes);
  const ingested = createEmitter<Ingested>(logger);
  const statuses = createEmitter<EngineStatus>(logger);
  for (const [capability, engine] of Object.entries(config.routes)) {
    if (!config.engines.includes(engine))
      logger.warn('a route names an engine that is not configured and has no effect', { capability, engine });
  }
  const breakers = createBreakers(clock);
  const standings = createStandings(clock);
  const freshSlate = (engine: EngineName) => {
    breakers.reset(engine);
    standings.reset(engine);
  };
  const fleet: Fleet = createFleet({
    config,
    ids,
    clock,
    logger,
    ...(deps.env === undefined ? {} : { env: deps.env }),
    ...(deps.forwardLog === undefined ? {} : { forwardLog: deps.forwardLog }),
  });

  /** From now on nobody saw everything: until the engine says that it is connected again. */
  const vouchNoLonger = (engine: EngineName) => {
    history.coverage.engineGone(engine).catch((error: unknown) => {
      logger.warn('the end of a connection was not written down', { engine, error });
    });
  };

  const posts = fleet.supervisors.map((supervisor): Post => {
    const { engine } = supervisor;
    const consumer = createConsumer({ engine, store: history.ingest, clock, logger });
    const guard = createAccountGuard({
      engine,
      account: history.account,
      logger,
      setGate: consumer.setGate,
      unlink: (signal) => unlinkForeign(post, signal),
    });
    const monitor = createEngineMonitor({
      clock,
      logger,
      intervalMs: config.healthIntervalMs,
      timeoutMs: config.healthTimeoutMs,
      onUnresponsive: (generation) => {
        void supervisor.restart('unresponsive', generation).catch(() => undefined);
      },
    });
    const selfTest = createSelfTest({
      engine,
      mode: config.selfTest,
      history,
      rates: history.rates,
      sendsPerMinute: config.sendsPerMinute,
      client: () => (guard.mismatch() === null ? post.client : null),
      clock,
      ids,
      logger,
    });
    const post: Post = { supervisor, monitor, consumer, guard, selfTest, client: null };
    let level: EngineStatus['level'] | null = null;
    monitor.onStatus((status) => {
      guard.judge(status);
      selfTest.judge(status);
      if (status.level !== level) {
        freshSlate(engine);
        logger.info('engine level', { engine, state: status.level, reason: status.reason });
      }
      level = status.level;
      statuses.emit(status);
    });
    consumer.onIngested(ingested.emit);
    supervisor.on((event) => {
      if (event.type === 'up') {
        freshSlate(engine);
        post.client = event.client;
        monitor.attach(event.generation, event.client);
        consumer.attach(event.generation, event.client);
      } else {
        post.client = null;
        vouchNoLonger(engine);
        monitor.detach(event.generation, event.error);
        consumer.detach(event.generation);
      }
    });
    return post;
  });

  const postOf = (engine: EngineName) => posts.find((post) => post.supervisor.engine === engine);
  const engines = () => posts.map((post) => viewOf(post, recoveries.running(post.supervisor.engine)));
  const recoveries = createRecoveries({
    clock,
    ids,
    logger,
    engines,
    client: (engine) => postOf(engine)?.client ?? null,
    generation: (engine) => fleet.supervisor(engine).view().generation,
    restart: (engine, generation) => fleet.supervisor(engine).restart('asked for', generation),
  });
  const router = createRouter({
    engines,
    client: (engine) => postOf(engine)?.client ?? null,
    breakers,
    standings,
    clock,
    strategy: config.routing,
    routes: config.routes,
    onTrouble: (engine) => postOf(engine)?.monitor.doubt(),
  });
  const sending = createSending({
    sends: history.sends,
    rates: history.rates,
    messages: history.messages,
    router,
    onIngested: (listener) => ingested.on(() => listener()),
    sendsPerMinute: config.sendsPerMinute,
    idempotencyHours: config.idempotencyHours,
    echoWaitMs: config.echoWaitMs,
    clock,
    ids,
    logger,
  });

  return {
    holds: async (engine, signal) => {
      const client = postOf(engine)?.client ?? null;
      if (client === null) throw new TandemError('ENGINE_UNREACHABLE', { engine });
      return (await client.status(undefined, 0, signal)).outbox;
    },
    router,
    sending,
    recovery: recoveries,
    engines,
    start: async () => {
      await sending.recover();
      for (const engine of engineNames) if (!config.engines.includes(engine)) vouchNoLonger(engine);
      fleet.start();
    },
    stop: async () => {
      recoveries.stop();
      for (const post of posts) {
        post.monitor.stop();
        post.selfTest.stop();
        post.guard.stop();
      }
      // The batch under way is committed; whatever is not stays in the outbox.
      await Promise.all(posts.map((post) => post.consumer.stop()));
      await fleet.stop();
    },
    restart: (engine) => fleet.supervisor(engine).restart('asked for'),
    processes: () => posts.map((post) => post.supervisor.view()),
    ingest: () => posts.map((post) => post.consumer.view()),
    onIngested: ingested.on,
    onStatus: statuses.on,
  };
}

const DRAIN_WAIT_MS = 30_000;
const DRAIN_LOOK_MS = 200;

/**
 * Takes an engine off an account that is not ours, behind what it has seen there: what stays in its outbox could not be
 * told from our own history after a restart.
 */
async function unlinkForeign({ supervisor, consumer, client }: Post, signal: AbortSignal): Promise<void> {
  const { engine } = supervisor;
  if (client === null) throw new TandemError('ENGINE_UNREACHABLE', { engine });
  const last = (await client.status(undefined, 0, signal)).outbox;
  const isDrained = () => {
    const { gate, outboxId, committedSeq } = consumer.view();
    return gate === 'discarding' && outboxId === last.id && committedSeq >= last.lastSeq;
  };
  for (let waited = 0; waited < DRAIN_WAIT_MS && !isDrained(); waited += DRAIN_LOOK_MS)
    await pause(DRAIN_LOOK_MS, signal);
  signal.throwIfAborted();
  await client.command('session.logout', {}, { signal });
}

function viewOf({ supervisor, monitor, guard, selfTest }: Post, recovery: Recovery | null): EngineView {
  const process = supervisor.view();
  const health = monitor.view();
  const processUp = process.state === 'running';
  const mismatch = guard.mismatch();
  const error = mismatch ?? (processUp ? health.error : (process.error ?? notYet(process)));
  return {
    engine: supervisor.engine,
    processUp,
    reachable: processUp && health.reachable,
    status: health.status === null ? null : judged(health.status, guard),
    responseMs: health.responseMs,
    checkedAtMs: health.checkedAtMs,
    error: error === null ? null : toErrorBody(error),
    selfTests: selfTest.results(),
    recovery,
  };
}

/** What the engine says of itself, and what it cannot know: that its account is not ours, or was not. */
function judged(status: EngineStatus, guard: AccountGuard): EngineStatus {
  const mismatch = guard.mismatch();
  const last = guard.lastMismatch();
  if (mismatch !== null)
    return { ...status, level: 'conflict', reason: 'account-mismatch', lastError: toErrorBody(mismatch) };
  return last === null || status.account !== null ? status : { ...status, lastError: toErrorBody(last) };
}

/** Why a process that never failed is not up. */
function notYet({ engine, state }: ProcessView): TandemError {
  const stopped = state === 'stopped' || state === 'stopping';
  return new TandemError(stopped ? 'ENGINE_UNREACHABLE' : 'ENGINE_STARTING', { engine, details: { state } });
}
