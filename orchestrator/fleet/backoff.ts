import type { Clock } from '#kernel/clock.ts';

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

/** Counts deaths in a sliding window. */
export interface DeathCircuit {
  /** Milliseconds to rest now; 0 = go on. A rest forgets the deaths that caused it. */
  died(): number;
  reset(): void;
}

export function createDeathCircuit(clock: Clock): DeathCircuit {
  let deaths: number[] = [];
  return {
    died: () => {
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
