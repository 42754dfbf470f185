import type { Clock } from '#kernel/clock.ts';
import type { EngineStatus } from '../state.ts';

/** What the parts of the engine write; the rest is filled in when somebody looks. */
export type BoardState = Omit<EngineStatus, 'engine' | 'revision' | 'sinceMs' | 'outbox' | 'version' | 'pid'>;

/** The state as a level: whoever looks now sees the truth. */
export interface StatusBoard {
  get(): BoardState & Pick<EngineStatus, 'revision' | 'sinceMs'>;
  /** Nothing happens when nothing differs. */
  set(change: Partial<BoardState>): void;
  onChange(listener: (now: BoardState, before: BoardState) => void): () => void;
}

export function createStatusBoard(initial: BoardState, clock: Clock): StatusBoard {
  const listeners = new Set<(now: BoardState, before: BoardState) => void>();
  let state = { ...initial, revision: 1, sinceMs: clock.now() };
  return {
    get: () => state,
    set: (change) => {
      const before = state;
      const differs = Object.entries(change).some(
        ([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key as keyof BoardState]),
      );
      if (!differs) return;
      const moved =
        (change.level ?? before.level) !== before.level || (change.reason ?? before.reason) !== before.reason;
      state = {
        ...before,
        ...change,
        revision: before.revision + 1,
        sinceMs: moved ? clock.now() : before.sinceMs,
      };
      for (const listener of listeners) listener(state, before);
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** What an engine begins with; `synced`: the history of this link has been told in an earlier life. */
export function startingState({ synced, testServer }: StartingFacts): BoardState {
  return {
    level: 'starting',
    reason: 'none',
    account: null,
    offer: null,
    sync: { phase: synced ? 'done' : 'waiting', percent: synced ? 100 : null, chats: 0, messages: 0 },
    capabilities: [],
    impaired: [],
    browser: null,
    connectedSinceMs: null,
    lastDisconnect: null,
    reconnectAttempts: 0,
    nextAttemptAtMs: null,
    lastError: null,
    testServer,
  };
}

export interface StartingFacts {
  readonly synced: boolean;
  readonly testServer: boolean;
}
