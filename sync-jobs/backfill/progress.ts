import type { BackfillState, HistoryTally } from '#history/contracts/backfills.ts';
import type { ItemState } from '#history/contracts/jobs.ts';
import type { Clock } from '#kernel/clock.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';

/** What a history job tells of itself while it runs. Counts and times only. */
export interface HistoryFacts {
  readonly chats: number;
  readonly chats_ended: number;
  readonly pages: number;
  readonly messages_fetched: number;
  readonly messages_added: number;
  readonly messages_deduplicated: number;
  /** Over the time in which pages were asked for; null until that is long enough to tell. */
  readonly messages_per_second: number | null;
  /** Null until it can be told from what was fetched. */
  readonly seconds_left: number | null;
  /** Pause between two requests now. */
  readonly delay_ms: number;
  /** Worked, without waits between turns. */
  readonly worked_ms: number;
}

/** Until then it is guesswork. */
const CHATS_FOR_A_GUESS = 3;
const RATE_AFTER_SECONDS = 1;

/** Chats that were complete when the job began end at once, and say nothing of how long the others take. */
export interface AskedChats {
  /** Ended ones of which this job has got messages. */
  readonly fetched: number;
  /** Not known to be complete. */
  readonly open: number;
}

/** How many chats may still have something. After a pause a row says so until the job comes to its chat again. */
export function openOf(rows: Readonly<Record<BackfillState, number>>): number {
  const all = Object.values(rows).reduce((sum, count) => sum + count, 0);
  return all - rows.complete - rows.exhausted - rows.blocked;
}

export function factsOf(
  chats: Readonly<Record<ItemState, number>>,
  asked: AskedChats,
  tally: HistoryTally,
  delayMs: number,
  workedMs: number,
): HistoryFacts {
  const left = chats.queued + chats.running;
  const ended = chats.done + chats.failed + chats.skipped + chats.cancelled;
  const seconds = workedMs / MILLISECONDS_PER_SECOND;
  return {
    chats: left + ended,
    chats_ended: ended,
    pages: tally.pages,
    messages_fetched: tally.fetched,
    messages_added: tally.added,
    messages_deduplicated: tally.deduplicated,
    messages_per_second:
      seconds < RATE_AFTER_SECONDS ? null : Math.round((tally.fetched / seconds) * 10) / 10,
    seconds_left: left === 0 ? 0 : secondsFor(Math.min(left, asked.open), asked, seconds),
    delay_ms: delayMs,
    worked_ms: Math.round(workedMs),
  };
}

function secondsFor(chats: number, { fetched }: AskedChats, seconds: number): number | null {
  if (chats === 0 || fetched < CHATS_FOR_A_GUESS) return null;
  return Math.ceil((seconds / fetched) * chats);
}

/** How long a job has worked, this turn on top of earlier ones. */
export function createStopwatch(beforeMs: number, clock: Clock): () => number {
  const now = () => clock.steady?.() ?? clock.now();
  const start = now();
  return () => beforeMs + (now() - start);
}
