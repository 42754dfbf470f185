/**
 * Time in the primary key: `seconds × 65536 + sequence`. The key is assigned once, when a message is first
 * stored, and never changes; it stays a safe integer until the year 6000 or so.
 */
export const KEYS_PER_SECOND = 65_536;

/** The first key of a second; also the exclusive upper bound for everything before it. */
export function firstKeyOf(seconds: number): number {
  return seconds * KEYS_PER_SECOND;
}

export function secondsOfKey(key: number): number {
  return Math.floor(key / KEYS_PER_SECOND);
}

/** Larger than every key. */
export const KEY_MAX = Number.MAX_SAFE_INTEGER;
