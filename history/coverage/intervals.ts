import type { HistoryAnchor } from '#engines/contract/message.ts';
import { type CoverageSource, coverageSources, type GapReason } from '../contracts/coverage.ts';

/**
 * Every message sent after `from` and up to `to` is held; both are whole seconds. With `from` = `to` nothing is claimed: it only
 * remembers how far the phone's order was followed, or why nothing more is known.
 */
export interface Interval {
  readonly from: number;
  readonly to: number;
  /** Bits in the order of `coverageSources`. */
  readonly sources: number;
  /**
   * A message below which the next page starts. Sent at `from`: whatever the phone lists above it and up to `to` is held, of its
   * own second too. Sent later: that second holds more than a page, and the walk through it has come so far.
   */
  readonly bottom: HistoryAnchor | null;
  /** Why nothing is claimed below; null = nobody said. */
  readonly below: GapReason | null;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

export function bitOf(source: CoverageSource): number {
  return 1 << coverageSources.indexOf(source);
}

export function sourcesOf(bits: number): readonly CoverageSource[] {
  return coverageSources.filter((source) => (bits & bitOf(source)) !== 0);
}

/** Adds one to intervals that neither overlap nor touch; what it reaches becomes one with it. O(n), in no particular order. */
export function unite(intervals: readonly Interval[], next: Interval): readonly Interval[] {
  let one = next;
  const apart: Interval[] = [];
  for (const known of intervals) {
    if (known.to < one.from || known.from > one.to) apart.push(known);
    else one = joined(known, one);
  }
  return [...apart, one];
}

/** What a chat's own intervals and the times of connection hold together, oldest first. Both lists oldest first. O(n + m). */
export function withLive(intervals: readonly Interval[], spans: readonly Span[]): readonly Interval[] {
  const all: Interval[] = [];
  let at = 0;
  const add = (next: Interval) => {
    const last = all.at(-1);
    if (last === undefined || last.to < next.from) all.push(next);
    else all[all.length - 1] = joined(last, next);
  };
  for (const interval of intervals) {
    for (let span = spans[at]; span !== undefined && span.from < interval.from; span = spans[++at])
      add(live(span));
    add(interval);
  }
  for (const span of spans.slice(at)) add(live(span));
  return all;
}

const LIVE = bitOf('live');

function live({ from, to }: Span): Interval {
  return { from, to, sources: LIVE, bottom: null, below: 'engine-offline' };
}

/** Two that overlap or touch. */
function joined(known: Interval, next: Interval): Interval {
  const both = {
    from: Math.min(known.from, next.from),
    to: Math.max(known.to, next.to),
    sources: known.sources | next.sources,
  };
  if (known.from !== next.from) {
    const { bottom, below } = known.from < next.from ? known : next;
    return { ...both, bottom, below };
  }
  return { ...both, bottom: lower(known.bottom, next.bottom), below: said(known.below, next.below) };
}

/** The later word wins between messages of one second: it follows the phone's order. */
function lower(known: HistoryAnchor | null, next: HistoryAnchor | null): HistoryAnchor | null {
  if (known === null || next === null) return next ?? known;
  return next.sentAt <= known.sentAt ? next : known;
}

/** That an engine was away is only the reason when nobody knows a better one. */
function said(known: GapReason | null, next: GapReason | null): GapReason | null {
  if (next === null || (next === 'engine-offline' && known !== null)) return known;
  return next;
}

/** Without what retention has deleted: nothing up to `floor` counts as held. */
export function above(intervals: readonly Interval[], floor: number): readonly Interval[] {
  if (floor <= 0) return intervals;
  return intervals.flatMap((one) => {
    if (one.from >= floor) return [one];
    return one.to > floor ? [{ ...one, from: floor, bottom: null, below: 'purged' as const }] : [];
  });
}

export function isClaim({ from, to }: Interval): boolean {
  return to > from;
}
