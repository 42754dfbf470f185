/** Milliseconds. */
const PACES = {
  /** A lost connection is usually back within seconds. */
  normal: { first: 1_000, most: 60_000 },
  /** The server said that it is busy. */
  slow: { first: 5_000, most: 300_000 },
} as const;

/**
 * Pause before try number `attempt` (1 = the first), in milliseconds: doubles each time, and half of it is
 * random, so that many clients do not come back together. `random` is from 0 to 1.
 */
export function backoffMs(attempt: number, pace: keyof typeof PACES, random: number): number {
  const { first, most } = PACES[pace];
  const full = Math.min(most, first * 2 ** Math.min(30, Math.max(0, attempt - 1)));
  return Math.round(full / 2 + (full / 2) * random);
}
