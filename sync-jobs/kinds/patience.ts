import type { JobRecord } from '#history/contracts/jobs.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';

/** How long a job has waited for another one, kept in its row. Only time in which that other one could work counts. */
export interface Patience {
  readonly waitedMs: number;
  /** The last look, and the rest that was taken behind it; null before the first. */
  readonly lookedMs: number | null;
  readonly restMs: number;
}

export const freshPatience: Patience = Object.freeze({ waitedMs: 0, lookedMs: null, restMs: 0 });

/** So many pages of each group are worth waiting for, unless the caller says how long. */
const PAGES_PER_GROUP = 10;
const DEFAULT_MIN_SECONDS = 300;
export const PATIENCE_MAX_SECONDS = 86_400;
/** Why a history job waits while nothing can be fetched at all; whoever waits for it then loses no time by that. */
const NOTHING_CAN_COME: readonly (string | null)[] = ['no-engine', 'not-linked', 'first-sync'];

/**
 * Takes a look. The time since the last one counts no longer than the rest that was meant to be between them: more of it means that
 * nobody was at work, because the job was paused, the service was down or the queue away.
 */
export function look(
  patience: Patience,
  child: Pick<JobRecord, 'state' | 'reason'>,
  nowMs: number,
): Patience {
  const { waitedMs, lookedMs, restMs } = patience;
  const sinceMs = lookedMs === null ? 0 : Math.min(restMs, Math.max(0, nowMs - lookedMs));
  return { waitedMs: waitedMs + (canFetch(child) ? sinceMs : 0), lookedMs: nowMs, restMs: 0 };
}

function canFetch({ state, reason }: Pick<JobRecord, 'state' | 'reason'>): boolean {
  if (state === 'paused' || state === 'interrupted') return false;
  return !(state === 'waiting' && NOTHING_CAN_COME.includes(reason));
}

/** Long enough at this pace for what one community can need; many groups need more than few. */
export function defaultPatienceSeconds(groups: number, pageDelayMs: number): number {
  const seconds = Math.ceil((groups * PAGES_PER_GROUP * pageDelayMs) / MILLISECONDS_PER_SECOND);
  return Math.min(PATIENCE_MAX_SECONDS, Math.max(DEFAULT_MIN_SECONDS, seconds));
}
