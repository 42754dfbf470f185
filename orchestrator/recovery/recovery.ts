import type { EngineName } from '#engines/contract/capability.ts';
import type { Clock } from '#kernel/clock.ts';
import { TandemError, toErrorBody, toTandemError } from '#kernel/errors.ts';
import type { IdSource } from '#kernel/ids.ts';
import type { Logger } from '#kernel/logger.ts';
import type { Recovery, RecoveryMode, RecoveryPort, RecoveryRequest } from '../services/ports.ts';
import { createRecoverySteps, needs, type RecoveryStepsDeps } from './steps.ts';

export interface RecoveryDeps extends RecoveryStepsDeps {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
}

export interface Recoveries extends RecoveryPort {
  /** What is under way for an engine; null = nothing. */
  running(engine: EngineName): Recovery | null;
  /** Gives up what is under way. */
  stop(): void;
}

/** From the end of one to the start of the next: so long it takes to see whether it helped. */
const COOLDOWN_MS: Readonly<Record<RecoveryMode, number>> = {
  warmup: 0,
  reconnect: 10_000,
  restart: 10_000,
  // The app state from its first version on is the largest thing that a client asks the server for.
  resync: 60_000,
};
/** Most recoveries under way are over by then. */
const ASK_AGAIN_SECONDS = 5;
const ID_BYTES = 6;

export function createRecoveries(deps: RecoveryDeps): Recoveries {
  const { clock, logger } = deps;
  const steps = createRecoverySteps(deps);
  /** The newest of each engine and mode. */
  const newest = new Map<string, Recovery>();
  const stopped = new AbortController();
  const keyOf = (engine: EngineName, mode: RecoveryMode) => `${engine} ${mode}`;
  const running = (engine: EngineName) =>
    [...newest.values()].find((one) => one.engine === engine && one.state === 'running') ?? null;

  function admit({ engine, mode }: RecoveryRequest): void {
    const view = deps.engines().find((one) => one.engine === engine);
    const command = needs[mode];
    const lacks = command !== null && view?.status != null && !view.status.capabilities.includes(command);
    if (view === undefined || lacks)
      throw new TandemError('CAPABILITY_UNAVAILABLE', { engine, details: { mode } });
    const other = running(engine);
    if (other !== null)
      throw new TandemError('RECOVERY_IN_PROGRESS', {
        engine,
        retryAfterSeconds: ASK_AGAIN_SECONDS,
        details: { mode: other.mode, id: other.id },
      });
    const endedAtMs = newest.get(keyOf(engine, mode))?.endedAtMs ?? null;
    const leftMs = endedAtMs === null ? 0 : endedAtMs + COOLDOWN_MS[mode] - clock.now();
    if (leftMs > 0)
      throw new TandemError('COOLDOWN_ACTIVE', {
        engine,
        retryAfterSeconds: Math.ceil(leftMs / 1_000),
        details: { mode },
      });
  }

  async function run(recovery: Recovery, request: RecoveryRequest): Promise<void> {
    const { engine, mode } = recovery;
    const end = (change: Pick<Recovery, 'state' | 'error'>) =>
      newest.set(keyOf(engine, mode), { ...recovery, ...change, endedAtMs: clock.now() });
    try {
      await steps[mode](request, stopped.signal);
      end({ state: 'done', error: null });
      logger.info('engine recovered', { engine, mode });
    } catch (thrown) {
      const error = toTandemError(thrown);
      end({ state: 'failed', error: toErrorBody(error) });
      logger.warn('engine not recovered', { engine, mode, error });
    }
  }

  return {
    start: (request) => {
      admit(request);
      const { engine, mode } = request;
      const recovery: Recovery = {
        id: deps.ids.hex(ID_BYTES),
        engine,
        mode,
        state: 'running',
        startedAtMs: clock.now(),
        endedAtMs: null,
        error: null,
      };
      newest.set(keyOf(engine, mode), recovery);
      logger.info('engine recovery starts', { engine, mode });
      void run(recovery, request);
      return recovery;
    },
    list: () => [...newest.values()].toSorted((a, b) => b.startedAtMs - a.startedAtMs),
    running,
    stop: () => stopped.abort(),
  };
}
