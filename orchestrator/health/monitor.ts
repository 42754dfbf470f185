import type { EngineClient } from '#engines/contract/client.ts';
import type { EngineStatus } from '#engines/contract/state.ts';
import type { Clock } from '#kernel/clock.ts';
import { type TandemError, toTandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { createEmitter } from '../emitter.ts';
import { pause } from '../pause.ts';

export interface HealthView {
  /** Newest status; null = the engine never answered. */
  readonly status: EngineStatus | null;
  /** The last probe was answered. */
  readonly reachable: boolean;
  readonly responseMs: number | null;
  readonly checkedAtMs: number | null;
  /** Why the last probe or status poll failed; null when it did not. */
  readonly error: TandemError | null;
}

/** Watches one engine: its status by long poll, its process by probes. */
export interface EngineMonitor {
  view(): HealthView;
  /** A process answers. Everything that still arrives of an older generation is dropped. */
  attach(generation: number, client: EngineClient): void;
  /** The process has ended. */
  detach(generation: number, error: TandemError): void;
  onStatus(listener: (status: EngineStatus) => void): () => void;
  /** Somebody doubts that it answers: the next probe goes out now. */
  doubt(): void;
  stop(): void;
}

export interface EngineMonitorDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Called when a process stopped answering; once for each generation. */
  readonly onUnresponsive: (generation: number) => void;
}

const STATUS_WAIT_MS = 20_000;
const STATUS_RETRY_MS = 1_000;
/** One lost probe may be a busy moment (a first sync keeps a core busy for seconds). */
const PROBES_LOST_TO_RESTART = 3;
/** A process that may hang is looked at sooner, so that it is replaced in seconds; long enough for a busy moment to pass. */
const PROBE_AGAIN_MS = 5_000;

export function createEngineMonitor(deps: EngineMonitorDeps): EngineMonitor {
  const { clock } = deps;
  const statuses = createEmitter<EngineStatus>(deps.logger);
  let view: HealthView = { status: null, reachable: false, responseMs: null, checkedAtMs: null, error: null };
  let current: { readonly generation: number; readonly abort: AbortController } | null = null;
  let resting: AbortController | null = null;

  const publish = (status: EngineStatus) => {
    view = { ...view, status };
    statuses.emit(status);
  };

  async function follow(client: EngineClient, signal: AbortSignal): Promise<void> {
    let since: number | undefined;
    while (!signal.aborted) {
      try {
        const status = await client.status(since, since === undefined ? 0 : STATUS_WAIT_MS, signal);
        if (signal.aborted) return;
        if (status.revision !== since) publish(status);
        else view = { ...view, status };
        since = status.revision;
      } catch (thrown) {
        if (signal.aborted) return;
        view = { ...view, error: toTandemError(thrown) };
        await pause(STATUS_RETRY_MS, signal);
      }
    }
  }

  async function probe(generation: number, client: EngineClient, signal: AbortSignal): Promise<void> {
    let lost = 0;
    while (!signal.aborted) {
      try {
        const { roundTripMs } = await client.health(deps.timeoutMs, signal);
        if (signal.aborted) return;
        lost = 0;
        view = { ...view, reachable: true, responseMs: roundTripMs, checkedAtMs: clock.now(), error: null };
      } catch (thrown) {
        if (signal.aborted) return;
        lost += 1;
        view = { ...view, reachable: false, checkedAtMs: clock.now(), error: toTandemError(thrown) };
        if (lost === PROBES_LOST_TO_RESTART) deps.onUnresponsive(generation);
      }
      resting = new AbortController();
      const restMs = lost > 0 ? Math.min(PROBE_AGAIN_MS, deps.intervalMs) : deps.intervalMs;
      await pause(restMs, AbortSignal.any([signal, resting.signal]));
      resting = null;
    }
  }

  function leave(): void {
    current?.abort.abort();
    current = null;
  }

  return {
    view: () => view,
    attach: (generation, client) => {
      leave();
      const abort = new AbortController();
      current = { generation, abort };
      view = { ...view, reachable: true, error: null };
      void follow(client, abort.signal);
      void probe(generation, client, abort.signal);
    },
    detach: (generation, error) => {
      if (current?.generation !== generation) return;
      leave();
      view = { ...view, reachable: false, responseMs: null, error };
      if (view.status !== null) publish(afterDeath(view.status, clock.now()));
    },
    onStatus: statuses.on,
    doubt: () => {
      // While its answers are lost the pauses stand: three in a row must span more than a moment.
      if (view.reachable) resting?.abort();
    },
    stop: leave,
  };
}

/** What is still true of an engine whose process has ended. */
function afterDeath(last: EngineStatus, nowMs: number): EngineStatus {
  return {
    ...last,
    level: 'recovering',
    reason: 'process-died',
    sinceMs: nowMs,
    offer: null,
    connectedSinceMs: null,
  };
}
