import { backoffMs } from '#engines/contract/kit/backoff.ts';
import type { StatusBoard } from '#engines/contract/kit/status-board.ts';
import type { EngineReason } from '#engines/contract/state.ts';
import type { Clock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import type { Impairments } from './impairments.ts';
import type { Life } from './life.ts';
import { takeOver } from './page-acts.ts';
import { decideState, reasonOfAction, type StateAction } from './states.ts';
import type { Timers } from './timers.ts';
import type { Pulse } from './watchdog.ts';

/** The connection between a page that is ready and WhatsApp, and what it means for the engine's level. */
export interface Connection {
  isOffline(): boolean;
  /** Aborted with CONNECTION_LOST when the connection of now ends. */
  end(): AbortSignal;
  /** The page is ready. */
  opened(): void;
  /** There is no page. */
  closed(): void;
  /** The page has been well for long: what went wrong before counts no more. */
  forgive(): void;
  onState(state: string): void;
  onPulse(pulse: Pulse): void;
  onSlow(slow: boolean): void;
  /** Writes the level of a page that is ready. */
  settle(): void;
}

export interface ConnectionDeps {
  readonly board: StatusBoard;
  readonly impairments: Impairments;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly life: () => Life | null;
  readonly isSyncing: () => boolean;
  readonly onForget: (reason: EngineReason) => void;
  readonly onDead: (reason: EngineReason) => void;
  readonly onStop: (level: 'conflict' | 'failed', reason: EngineReason) => void;
}

/** A page that has not come back by itself after so long is loaded again. */
const OFFLINE_MAX_MS = 120_000;

export function createConnection(deps: ConnectionDeps): Connection {
  const { board, clock, logger, timers } = deps;
  let open = false;
  let offline: { readonly reason: EngineReason; readonly sinceMs: number } | null = null;
  let slow = false;
  let takeovers = 0;
  let outdated = false;
  let end = new AbortController();

  function ended(): void {
    end.abort(new TandemError('CONNECTION_LOST', { engine: 'webjs' }));
    end = new AbortController();
  }

  function settle(): void {
    if (!open) return;
    if (offline !== null) board.set({ level: 'recovering', reason: offline.reason });
    else if (slow) board.set({ level: 'degraded', reason: 'page-hung' });
    else if (deps.impairments.any()) board.set({ level: 'degraded', reason: 'page-changed' });
    else board.set({ level: deps.isSyncing() ? 'syncing' : 'ready', reason: 'none' });
  }

  function onState(state: string): void {
    const action = decideState({ state, takeovers, reloadedAsOutdated: outdated });
    if (action.do === 'nothing') {
      if (offline !== null) logger.info('page connected again');
      offline = null;
      settle();
      return;
    }
    const reason = reasonOfAction(action);
    board.set({ lastDisconnect: { code: null, reason, atMs: clock.now() } });
    logger.info('page state', { state, action: action.do });
    act(action);
  }

  function act(action: Exclude<StateAction, { do: 'nothing' }>): void {
    switch (action.do) {
      case 'wait':
        if (offline === null) ended();
        offline ??= { reason: action.reason, sinceMs: clock.now() };
        settle();
        return;
      case 'take-over':
        takeBack();
        return;
      case 'forget':
        deps.onForget(action.reason);
        return;
      case 'restart':
        outdated ||= action.reason === 'client-outdated';
        deps.onDead(action.reason);
        return;
      case 'stop':
        deps.onStop(action.level, action.reason);
    }
  }

  function takeBack(): void {
    if (timers.runs('takeover')) return;
    takeovers += 1;
    ended();
    offline = { reason: 'replaced', sinceMs: clock.now() };
    settle();
    const life = deps.life();
    timers.set('takeover', backoffMs(takeovers, 'normal', deps.random()), () => {
      life
        ?.page()
        ?.evaluate(takeOver)
        .catch(() => life.check());
    });
  }

  return {
    isOffline: () => offline !== null,
    end: () => end.signal,
    opened: () => {
      open = true;
      offline = null;
      outdated = false;
      settle();
    },
    closed: () => {
      ended();
      open = false;
      offline = null;
      slow = false;
    },
    forgive: () => {
      takeovers = 0;
    },
    onState,
    onPulse: ({ state }) => {
      if (!open || state === null) return;
      if (offline !== null && state !== 'CONNECTED' && clock.now() - offline.sinceMs > OFFLINE_MAX_MS) {
        deps.onDead(offline.reason);
        return;
      }
      // The library tells changes only, and those before it listened not at all.
      if ((state === 'CONNECTED') === (offline !== null)) onState(state);
    },
    onSlow: (now) => {
      slow = now;
      settle();
    },
    settle,
  };
}
