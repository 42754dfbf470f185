import type { Clock } from '#kernel/clock.ts';

/** `unknown` = there was nobody to ask. */
export type Presence = 'there' | 'away' | 'unknown';

/**
 * Tells a phone that is away from a chat that it says nothing about: the first is waited for, the second is given up. The phone
 * answers all requests or none, so one answer to anybody proves that it is there.
 */
export interface Phone {
  answered(chatId: number): void;
  silent(): void;
  /** The chat that it answered for last; null = none since the start. */
  lastAnswered(): number | null;
  /** Answered within the last few requests. */
  isThere(): boolean;
  /** Several requests in a row stayed without an answer. */
  seemsAway(): boolean;
  /** Finds out by asking, once for all who want to know at the same time. */
  find(ask: () => Promise<Presence>): Promise<Presence>;
  /** How long to wait before it is tried again; longer each time. */
  restMs(): number;
}

const SILENT_IN_A_ROW = 3;
const REST_MAX_MS = 900_000;
const THERE_FOR_WAITS = 4;
const MOST_DOUBLINGS = 10;

/** `waitMs` = how long one request waits for its answer. */
export function createPhone(clock: Clock, waitMs: number): Phone {
  const now = () => clock.steady?.() ?? clock.now();
  let inARow = 0;
  let rests = 0;
  let answeredAtMs: number | null = null;
  let lastChat: number | null = null;
  let finding: Promise<Presence> | null = null;
  return {
    answered: (chatId) => {
      inARow = 0;
      rests = 0;
      answeredAtMs = now();
      lastChat = chatId;
    },
    silent: () => {
      inARow += 1;
    },
    lastAnswered: () => lastChat,
    isThere: () => answeredAtMs !== null && now() - answeredAtMs <= THERE_FOR_WAITS * waitMs,
    seemsAway: () => inARow >= SILENT_IN_A_ROW,
    find: (ask) => {
      finding ??= ask().finally(() => {
        finding = null;
      });
      return finding;
    },
    restMs: () => {
      const ms = Math.min(REST_MAX_MS, waitMs * 2 ** Math.min(rests, MOST_DOUBLINGS));
      rests += 1;
      // After the rest one silent request is enough.
      inARow = SILENT_IN_A_ROW - 1;
      return ms;
    },
  };
}
