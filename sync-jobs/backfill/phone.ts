import type { Clock } from '#kernel/clock.ts';

/**
 * Tells a phone that is away from a chat that it says nothing about: the first is waited for, the second is given up. The phone
 * answers all requests or none, so one answer to anybody proves that it is there.
 */
export interface Phone {
  answered(): void;
  silent(): void;
  /** It answered lately, and nobody waited in vain since, or nobody but the chat in question. */
  isThere(): boolean;
  /** Several in a row stayed without an answer. */
  seemsAway(): boolean;
  /** How long to wait before it is tried again; longer each time. */
  restMs(): number;
}

const SILENT_IN_A_ROW = 3;
const REST_MAX_MS = 900_000;
const THERE_FOR_WAITS = 4;

/** `waitMs` = how long one request waits for its answer. */
export function createPhone(clock: Clock, waitMs: number): Phone {
  let inARow = 0;
  let rests = 0;
  let answeredAtMs: number | null = null;
  return {
    answered: () => {
      inARow = 0;
      rests = 0;
      answeredAtMs = clock.now();
    },
    silent: () => {
      inARow += 1;
    },
    isThere: () => answeredAtMs !== null && clock.now() - answeredAtMs <= THERE_FOR_WAITS * waitMs,
    seemsAway: () => inARow >= SILENT_IN_A_ROW,
    restMs: () => {
      const ms = Math.min(REST_MAX_MS, waitMs * 2 ** Math.min(rests, 10));
      rests += 1;
      // After the rest one silent request is enough.
      inARow = SILENT_IN_A_ROW - 1;
      return ms;
    },
  };
}
