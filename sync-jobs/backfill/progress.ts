import type { HistoryTally } from '#history/contracts/backfills.ts';
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
  /** Over the time in which pages were asked for. */
  readonly messages_per_second: number;
  /** Null until it can be told from what was done. */
  readonly seconds_left: number | null;
  /** Pause between two requests now. */
  readonly delay_ms: number;
  /** Worked, without waits between turns. */
  readonly worked_ms: number;
}

/** Until then it is guesswork. */
const CHATS_FOR_A_GUESS = 3;

export function factsOf(
  chats: Readonly<Record<ItemState, number>>,
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
    messages_per_second: seconds < 1 ? 0 : Math.round((tally.fetched / seconds) * 10) / 10,
    seconds_left: left === 0 ? 0 : ended < CHATS_FOR_A_GUESS ? null : Math.ceil((seconds / ended) * left),
    delay_ms: delayMs,
    worked_ms: Math.round(workedMs),
  };
}

/** How long a job has worked, this turn on top of earlier ones. */
export function createStopwatch(beforeMs: number, clock: Clock): () => number {
  const now = () => clock.steady?.() ?? clock.now();
  const start = now();
  return () => beforeMs + (now() - start);
}
