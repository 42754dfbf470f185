import { type Clock, systemClock } from '#kernel/clock.ts';
import { pause } from '#orchestrator/pause.ts';

/** How fast older history is asked for, over all chats of the account: the server and the phone are the same for all. */
export interface Pace {
  /** Resolves when the next request may go. Requests line up. */
  turn(signal: AbortSignal): Promise<void>;
  /** Somebody answered: back towards the usual pause, a little each time. */
  answered(): void;
  /** Silence: twice as slow. */
  silent(): void;
  /** Told to slow down: much slower. */
  limited(retryAfterMs: number | null): void;
  /** The pause between two requests as it is now. */
  delayMs(): number;
  /** When requests go again after being told to slow down; null = they go. */
  heldUntilMs(): number | null;
}

/** The pause grows from this even where the usual one is zero. */
const TROUBLE_MIN_MS = 500;
const SILENT_FACTOR = 2;
const LIMITED_FACTOR = 4;
const RECOVERY_FACTOR = 0.7;
/** Longer pauses are not a pace but a rest, which the run takes as a whole. */
const DELAY_MAX_MS = 120_000;
/** Equal pauses look like what they are. */
const JITTER = 0.2;

export interface PaceOptions {
  readonly delayMs: number;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export function createPace({ delayMs, clock = systemClock, random = Math.random }: PaceOptions): Pace {
  let current = delayMs;
  let nextAtMs = 0;
  let heldUntil: number | null = null;

  const slower = (factor: number) => {
    current = Math.min(DELAY_MAX_MS, Math.max(TROUBLE_MIN_MS, current * factor));
  };

  return {
    turn: async (signal) => {
      const now = clock.now();
      const jittered = current * (1 + JITTER * (2 * random() - 1));
      const at = Math.max(now, nextAtMs, heldUntil ?? 0);
      nextAtMs = at + jittered;
      if (at > now) await pause(at - now, signal);
      signal.throwIfAborted();
    },
    answered: () => {
      heldUntil = null;
      current = Math.max(delayMs, current * RECOVERY_FACTOR);
      if (current < TROUBLE_MIN_MS) current = delayMs;
    },
    silent: () => slower(SILENT_FACTOR),
    limited: (retryAfterMs) => {
      // Requests that were under way together are told together.
      if (heldUntil === null || heldUntil <= clock.now()) slower(LIMITED_FACTOR);
      heldUntil = clock.now() + Math.max(current, retryAfterMs ?? 0);
    },
    delayMs: () => Math.round(current),
    heldUntilMs: () => (heldUntil !== null && heldUntil > clock.now() ? heldUntil : null),
  };
}
