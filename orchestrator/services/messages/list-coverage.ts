import type { GapReason } from '#history/contracts/coverage.ts';
import type { History } from '#history/contracts/history.ts';
import type { ChatRecord, MessageRecord } from '#history/contracts/records.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { ServiceContext } from '../context.ts';
import { compact } from '../reply.ts';

/** Whether a list of one chat can be trusted to hold every message of its time. */
export interface ListCoverage {
  /** Every message of the time that the list is about is stored, but for those that were deleted on purpose. */
  readonly complete: boolean;
  /** From here on everything is held, up to the last connection; absent = from the proven beginning, or nothing is claimed. */
  readonly held_from?: string;
  /** What is missing in that time, newest first; `from` absent = from the beginning of the chat, wherever that is. */
  readonly missing: { readonly from?: string; readonly to: string; readonly reason: GapReason }[];
  /** The phone said that nothing older exists, and nothing is missing since. */
  readonly start_proven: boolean;
  /** What was sent before was deleted on purpose and is not fetched again; only where the list is about such a time too. */
  readonly purged_before?: string;
}

/** Seconds, as the filters have them: sent at or after `since`, before `until`; null = open. */
export interface ListRange {
  readonly since: number | null;
  readonly until: number | null;
}

/** A reader wants to know that something is missing, not each of a hundred short outages. */
const MISSING_SHOWN = 3;

/** The time that a page of a list is about: what was asked for, cut off where more follows or came before. */
export function rangeOfPage(
  asked: { readonly since?: number; readonly until?: number },
  page: {
    readonly order: 'newest' | 'oldest';
    readonly shown: readonly Pick<MessageRecord, 'sentAt'>[];
    readonly isFirst: boolean;
    readonly isLast: boolean;
  },
): ListRange {
  const { order, shown, isFirst, isLast } = page;
  const first = isFirst ? null : (shown.at(0)?.sentAt ?? null);
  const last = isLast ? null : (shown.at(-1)?.sentAt ?? null);
  const [low, high] = order === 'newest' ? [last, first] : [first, last];
  return { since: low ?? asked.since ?? null, until: high === null ? (asked.until ?? null) : high + 1 };
}

export async function coverageOfRange(
  {
    history,
    times,
    clock,
  }: Pick<ServiceContext, 'times' | 'clock'> & { readonly history: Pick<History, 'coverage'> },
  chat: ChatRecord,
  range: ListRange,
): Promise<ListCoverage> {
  const { held, missing, startProven, purgedBefore } = await history.coverage.ofChat(chat.id);
  const since = range.since ?? 0;
  const until = range.until ?? Math.floor(clock.now() / MILLISECONDS_PER_SECOND) + 1;
  // Intervals are open at their lower end, and the last second of the range is the one before `until`.
  const within = missing.filter((one) => one.reason !== 'purged' && one.to >= since && one.from < until - 1);
  const from = held[0]?.from ?? 0;
  return compact({
    complete: within.length === 0,
    held_from: from === 0 ? undefined : times.iso(from),
    missing: within.slice(0, MISSING_SHOWN).map((one) =>
      compact({
        from: one.from === 0 ? undefined : times.iso(one.from),
        to: times.iso(one.to),
        reason: one.reason,
      }),
    ),
    start_proven: startProven,
    purged_before: purgedBefore === null || since >= purgedBefore ? undefined : times.iso(purgedBefore),
  });
}

/** Why a list of this time is empty although nothing was left out of it: it is not held; null = coverage does not say so. */
export async function whyNothing(
  { history, clock }: Pick<ServiceContext, 'clock'> & { readonly history: Pick<History, 'coverage'> },
  chat: ChatRecord,
  range: ListRange,
  byTimeAlone: boolean,
): Promise<'NOT_FETCHED' | 'PURGED' | null> {
  const { held, missing } = await history.coverage.ofChat(chat.id);
  const { touches } = boundsOf(range, clock);
  // Of a time that is held in part other filters have excluded something.
  if (!byTimeAlone && held.some(touches)) return null;
  const within = missing.filter(touches);
  if (within.length === 0) return null;
  return within.every(({ reason }) => reason === 'purged') ? 'PURGED' : 'NOT_FETCHED';
}

interface Bounds {
  readonly since: number;
  readonly touches: (interval: { readonly from: number; readonly to: number }) => boolean;
}

function boundsOf(range: ListRange, clock: ServiceContext['clock']): Bounds {
  const since = range.since ?? 0;
  const until = range.until ?? Math.floor(clock.now() / MILLISECONDS_PER_SECOND) + 1;
  // Intervals are open at their lower end, and the last second of the range is the one before `until`.
  return { since, touches: ({ from, to }) => to >= since && from < until - 1 };
}
