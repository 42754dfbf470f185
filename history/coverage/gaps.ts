import type { ChatGap, MissingInterval } from '../contracts/coverage.ts';
import type { Interval } from './intervals.ts';

/** Where something is missing, and what stands directly above it; null above the newest of all. */
export interface Gap {
  readonly interval: MissingInterval;
  readonly upper: Interval | null;
}

export interface Bounds {
  /** Seconds; nothing later can have been sent. */
  readonly now: number;
  /** Someone listens: then nothing is missing above the newest interval. */
  readonly connected: boolean;
  /** Nothing up to here is kept. */
  readonly floor: number;
  /** What was known of times before was lost: nobody can say why something is missing there. */
  readonly knownSince?: number;
}

/** Between, above and below intervals (oldest first, apart from each other), newest first. O(n). */
export function gapsOf(
  intervals: readonly Interval[],
  { now, connected, floor, knownSince = 0 }: Bounds,
): readonly Gap[] {
  const gaps: Gap[] = [];
  const add = (from: number, to: number, upper: Interval | null, reason: MissingInterval['reason']) => {
    if (to <= from) return;
    const isForgotten = reason === 'engine-offline' && from < knownSince;
    gaps.push({ interval: { from, to, reason: isForgotten ? 'unknown' : reason }, upper });
  };
  const newest = intervals.at(-1)?.to;
  if (newest === undefined) add(floor, now, null, 'unknown');
  else if (!connected) add(newest, now, null, 'engine-offline');
  for (let at = intervals.length - 1; at >= 0; at -= 1) {
    const upper = intervals[at];
    if (upper === undefined) continue;
    add(intervals[at - 1]?.to ?? floor, upper.from, upper, upper.below ?? 'unknown');
  }
  const lowest = intervals[0]?.from ?? floor;
  if (floor > 0) add(0, Math.min(floor, lowest), null, 'purged');
  return gaps;
}

/** Seconds. A message with less room above the bottom of a gap is its edge: nothing of the gap is older. */
export const ROOM_FOR_A_MESSAGE = 2;

/**
 * Whether there is a message to ask from; `newestAt` = the second of the newest one of the chat, 0 = there is none. Every outage
 * leaves a gap in every chat, and one that was quiet since has nothing above it: only a newer message opens that gap.
 */
export function isAskable({ interval, upper }: Gap, newestAt: number): boolean {
  if (interval.reason === 'purged') return false;
  return upper?.bottom != null || newestAt >= interval.from + ROOM_FOR_A_MESSAGE;
}

/**
 * Gaps between claims, and whether one of those that can be asked for lies within: `marked` are the gaps between all marks, which
 * also know messages to ask from where nothing is claimed. Both newest first. O(n + m).
 */
export function withAskable(
  claimed: readonly Gap[],
  marked: readonly Gap[],
  newestAt: number,
): readonly ChatGap[] {
  let at = 0;
  return claimed.map(({ interval }) => {
    let askable = false;
    for (let gap = marked[at]; gap !== undefined && gap.interval.from >= interval.from; gap = marked[++at])
      askable ||= isAskable(gap, newestAt);
    return { ...interval, askable };
  });
}
