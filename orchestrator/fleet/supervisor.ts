import type { EngineName } from '#engines/contract/capability.ts';
import { createEngineClient, type EngineClient } from '#engines/contract/client.ts';
import type { Clock } from '#kernel/clock.ts';
import { TandemError, toTandemError } from '#kernel/errors.ts';
import { ENGINE_STOP_GRACE_MS } from '#kernel/limits.ts';
import type { Logger } from '#kernel/logger.ts';
import { createEmitter } from '../emitter.ts';
import { createMutex } from '../mutex.ts';
import { backoffMs, createDeathCircuit } from './backoff.ts';
import type { ChildExit, EngineChild } from './child.ts';
import { createProcessRecord, type ProcessView } from './process-record.ts';

export type SupervisorEvent =
  | { readonly type: 'up'; readonly generation: number; readonly client: EngineClient }
  | { readonly type: 'down'; readonly generation: number; readonly error: TandemError };

/** Keeps one engine process running. All lifecycle actions of the engine pass one lock. */
export interface Supervisor {
  readonly engine: EngineName;
  view(): ProcessView;
  /** Resolves when the first attempt is ready; rejects when it failed, and then goes on trying by itself. */
  start(): Promise<void>;
  /** Ends the process and keeps it ended. */
  stop(): Promise<void>;
  /** A fresh process, now; forgets earlier deaths. With a generation: only if that one still runs. */
  restart(reason: 'asked for' | 'unresponsive', generation?: number): Promise<void>;
  on(listener: (event: SupervisorEvent) => void): () => void;
}

export interface SupervisorDeps {
  readonly engine: EngineName;
  /** Starts a process that accepts this secret. */
  readonly launch: (secret: string) => EngineChild;
  readonly newSecret: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** [0, 1), for the jitter. */
  readonly random: () => number;
}

/** A process that ran this long was not dying at once: the pauses start from the shortest again. */
const STABLE_AFTER_MS = 60_000;
/** A process that does not answer will not end in good order either. */
const UNRESPONSIVE_GRACE_MS = 500;

export function createSupervisor(deps: SupervisorDeps): Supervisor {
  const { engine, clock, logger } = deps;
  const lock = createMutex();
  const circuit = createDeathCircuit(clock);
  const events = createEmitter<SupervisorEvent>(logger);
  const record = createProcessRecord(engine);
  const { set, planStart, cancelStart } = record;
  let wanted = false;
  let attempts = 0;
  let running: { readonly child: EngineChild; client: EngineClient | null } | null = null;

  /** Under the lock. */
  async function launch(): Promise<void> {
    cancelStart();
    if (!wanted || running !== null) return;
    const generation = record.view.generation + 1;
    const secret = deps.newSecret();
    const child = deps.launch(secret);
    const mine = { child, client: null as EngineClient | null };
    running = mine;
    attempts += 1;
    set({ state: 'starting', generation, pid: child.pid, startedAtMs: clock.now(), nextStartAtMs: null });
    logger.info('engine process started', { engine, pid: child.pid, generation });
    const gone = child.exited.then((exit) => onExit(generation, mine, exit));
    try {
      const port = await child.ready;
      mine.client = createEngineClient({ name: engine, baseUrl: `http://127.0.0.1:${port}`, secret });
      // It may have died between the line it printed and now.
      if (running !== mine) throw record.view.error ?? new TandemError('ENGINE_START_FAILED', { engine });
      set({ state: 'running', error: null });
      logger.info('engine process ready', { engine, pid: child.pid, generation, port });
      events.emit({ type: 'up', generation, client: mine.client });
    } catch (thrown) {
      const error = toTandemError(thrown);
      set({ error });
      await child.stop(0);
      await gone;
      await mine.client?.close();
      throw error;
    }
  }

  async function onExit(
    generation: number,
    mine: { readonly child: EngineChild; readonly client: EngineClient | null },
    exit: ChildExit,
  ): Promise<void> {
    if (running !== mine) return;
    running = null;
    const wasUp =
      record.view.state === 'running' || (record.view.state === 'stopping' && mine.client !== null);
    const ranMs = clock.now() - (record.view.startedAtMs ?? clock.now());
    set({ pid: null, lastExit: { ...exit, atMs: clock.now() } });
    if (wanted) scheduleRestart(wasUp, ranMs);
    else set({ state: 'stopped', error: null });
    const error =
      record.view.error ?? new TandemError('ENGINE_UNREACHABLE', { engine, details: { reason: 'stopped' } });
    if (wasUp) events.emit({ type: 'down', generation, error });
    await mine.client?.close();
  }

  function scheduleRestart(wasUp: boolean, ranMs: number): void {
    if (ranMs >= STABLE_AFTER_MS) attempts = 0;
    const known = wasUp ? null : record.view.error;
    const restMs = circuit.died(known?.code);
    const pauseMs = restMs > 0 ? restMs : backoffMs(Math.max(1, attempts), deps.random());
    const facts = { exitCode: record.view.lastExit?.code, signal: record.view.lastExit?.signal };
    const code = wasUp ? 'ENGINE_UNREACHABLE' : 'ENGINE_START_FAILED';
    set({
      state: restMs > 0 ? 'resting' : 'waiting',
      deaths: record.view.deaths + 1,
      nextStartAtMs: clock.now() + pauseMs,
      error: known ?? new TandemError(code, { engine, details: { reason: 'process-died', ...facts } }),
    });
    logger.warn('engine process died', { engine, ...facts, pauseMs, resting: restMs > 0 });
    planStart(pauseMs, () => void lock.run(launch).catch(() => undefined));
  }

  /** Under the lock. */
  async function end(graceMs = ENGINE_STOP_GRACE_MS): Promise<void> {
    cancelStart();
    if (running === null) {
      set({ state: 'stopped', nextStartAtMs: null, error: null });
      return;
    }
    const { child } = running;
    set({ state: 'stopping' });
    await child.stop(graceMs);
    // onExit ran before: it was registered on `exited` first.
  }

  return {
    engine,
    view: () => record.view,
    start: () => {
      wanted = true;
      return lock.run(launch);
    },
    stop: () => {
      wanted = false;
      cancelStart();
      // Not behind the lock: a start that hangs must not hold the stop back.
      void running?.child.stop(ENGINE_STOP_GRACE_MS);
      return lock.run(() => end());
    },
    restart: (reason, generation) =>
      lock.run(async () => {
        if (generation !== undefined && generation !== record.view.generation) return;
        logger.info('engine process restarts', { engine, reason });
        wanted = false;
        await end(reason === 'unresponsive' ? UNRESPONSIVE_GRACE_MS : ENGINE_STOP_GRACE_MS);
        circuit.reset();
        attempts = 0;
        wanted = true;
        await launch();
      }),
    on: events.on,
  };
}
