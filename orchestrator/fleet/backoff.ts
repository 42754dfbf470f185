import type { Clock } from '#kernel/clock.ts';
import type { ErrorCode } from '#kernel/errors.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** Engines that died together must not come back together. */
const JITTER = 0.25;

/** Pause before the n-th start in a row (n from 1): doubles, with ±25 % jitter. `random` is in [0, 1). */
export function backoffMs(attempt: number, random: number): number {
  const plain = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt - 1, 20));
  return Math.round(plain * (1 - JITTER + 2 * JITTER * random));
}

const DEATHS_ALLOWED = 5;
const DEATH_WINDOW_MS = 5 * 60_000;
/** A process that dies at once every time will not be healed by starting it more often. */
const REST_MS = 5 * 60_000;

/** What an engine says of itself when starting it again changes nothing until a person has done something. */
const NEEDS_A_PERSON: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'BROWSER_MISSING',
  'CONFIG_INVALID',
  'NODE_TOO_OLD',
]);

/** Counts deaths in a sliding window. */
export interface DeathCircuit {
  /** Milliseconds to rest now; 0 = go on. A rest forgets the deaths that caused it. `code` = what the process reported. */
  died(code?: ErrorCode): number;
  reset(): void;
}

export function createDeathCircuit(clock: Clock): DeathCircuit {
  let deaths: number[] = [];
  return {
    died: (code) => {
      if (code !== undefined && NEEDS_A_PERSON.has(code)) {
        deaths = [];
        return REST_MS;
      }
      const now = clock.now();
      deaths = [...deaths.filter((at) => at > now - DEATH_WINDOW_MS), now];
      if (deaths.length <= DEATHS_ALLOWED) return 0;
      deaths = [];
      return REST_MS;
    },
    reset: () => {
      deaths = [];
    },
  };
}
