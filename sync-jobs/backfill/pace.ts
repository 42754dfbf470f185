import { type Clock, systemClock } from '#kernel/clock.ts';
import { pause } from '#orchestrator/pause.ts';

/** How fast older history is asked for, over all chats of the account: the server and the phone are the same for all. */
export interface Pace {
  /** Resolves when the next request may go. Requests line up. Throws when the signal aborts. */
  turn(signal: AbortSignal): Promise<void>;
  /** Somebody answered: back towards the usual pause, a little each time. */
  answered(): void;
  /** An answer was missed, or an engine failed: a little slower. Some chats are never answered for, and the others must not pay. */
  troubled(): void;
  /** Told to slow down: much slower, and nothing at all for so long. */
  limited(retryAfterMs: number): void;
  /** The pause between two requests as it is now. */
  delayMs(): number;
  /** Until the next request may go, where that is too long to stand in line for; 0 = take a turn. */
  restMs(): number;
}

/** The pause grows from this even where the usual one is zero. */
const TROUBLE_MIN_MS = 500;
const TROUBLE_FACTOR = 2;
const LIMITED_FACTOR = 4;
const RECOVERY_FACTOR = 0.7;
/** So much at most by trouble, or twice the usual pause. */
const TROUBLE_MAX_MS = 4_000;
const LIMITED_MAX_MS = 120_000;
/** Longer pauses are no pace but a rest, which the job takes as a whole. */
const PATIENCE_MS = 5_000;
/** Equal pauses look like what they are. */
const JITTER = 0.2;

export interface PaceOptions {
  readonly delayMs: number;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Resolves after so long, or when the signal aborts. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export function createPace({
  delayMs,
  clock = systemClock,
  random = Math.random,
  sleep = pause,
}: PaceOptions): Pace {
  // A clock that is set back must not hold everything up until it is where it was.
  const now = () => clock.steady?.() ?? clock.now();
  let current = delayMs;
  let nextAtMs = 0;
  let heldUntilMs = 0;

  const slower = (factor: number, mostMs: number) => {
    const slowed = Math.min(mostMs, Math.max(TROUBLE_MIN_MS, current * factor));
    current = Math.max(current, slowed);
  };

  return {
    turn: async (signal) => {
      const jittered = current * (1 + JITTER * (2 * random() - 1));
      const at = Math.max(now(), nextAtMs, heldUntilMs);
      nextAtMs = at + jittered;
      if (at > now()) await sleep(at - now(), signal);
      signal.throwIfAborted();
    },
    answered: () => {
      current = Math.max(delayMs, current * RECOVERY_FACTOR);
      if (current < TROUBLE_MIN_MS) current = delayMs;
    },
    troubled: () => slower(TROUBLE_FACTOR, Math.max(TROUBLE_MAX_MS, TROUBLE_FACTOR * delayMs)),
    limited: (retryAfterMs) => {
      // Requests that were under way together are told together.
      if (heldUntilMs <= now()) slower(LIMITED_FACTOR, Math.max(LIMITED_MAX_MS, delayMs));
      heldUntilMs = Math.max(heldUntilMs, now() + Math.max(current, retryAfterMs));
    },
    delayMs: () => Math.round(current),
    restMs: () => {
      // The usual pause is stood in line for, however long somebody has set it.
      const slowedUntil = current > delayMs ? nextAtMs : 0;
      const left = Math.max(heldUntilMs, slowedUntil) - now();
      return left > PATIENCE_MS || heldUntilMs > now() ? Math.ceil(left) : 0;
    },
  };
}
