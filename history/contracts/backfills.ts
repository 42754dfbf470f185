import type { EngineName } from '#engines/contract/capability.ts';
import type { HistoryAnchor } from '#engines/contract/message.ts';

/**
 * How far the older history of one chat has come. One row a chat, for all engines and all runs; it follows its chat through
 * merges. Where the next page starts is not stored here but follows from coverage, which commits with the page.
 *
 * queued → requesting → awaiting → ingesting → queued …
 * complete = the phone proved the start; exhausted = answered, and nothing older came, without proof; blocked = there is nothing
 * to ask from; stalled = every anchor, identity and engine stayed silent, tried again at `nextAttemptAtMs`.
 */
export const backfillStates = [
  'queued',
  'requesting',
  'awaiting',
  'ingesting',
  'paused',
  'complete',
  'exhausted',
  'blocked',
  'stalled',
  'cancelled',
  'failed',
] as const;
export type BackfillState = (typeof backfillStates)[number];

/** `page` = messages came; `empty` = an answer without messages and without proof; `other-chat` = an answer about another chat. */
export type LastAnswer = 'page' | 'start' | 'empty' | 'silent' | 'refused' | 'other-chat' | 'no-progress';

export interface Backfill {
  readonly chatId: number;
  readonly state: BackfillState;
  /** A code or a word, see the runbook of history; null where the state says it all. */
  readonly reason: string | null;
  /** The job that works on it or did last. */
  readonly jobId: string | null;
  /** Oldest message that pages have reached, in the phone's order; null before the first. */
  readonly cursor: HistoryAnchor | null;
  /** How many steps of the ladder were climbed at the present gap: other anchors, other identity, other engine. */
  readonly rung: number;
  readonly pages: number;
  /** Over all runs. Messages in those pages; of them new in the store, and known before. */
  readonly fetched: number;
  readonly added: number;
  readonly deduplicated: number;
  readonly lastAnswer: LastAnswer | null;
  readonly lastAnswerAtMs: number | null;
  readonly lastEngine: EngineName | null;
  readonly nextAttemptAtMs: number | null;
  readonly startedAtMs: number;
  readonly updatedAtMs: number;
}

/** Pages, the messages in them, and of these the new and the known ones. */
export interface HistoryTally {
  readonly pages: number;
  readonly fetched: number;
  readonly added: number;
  readonly deduplicated: number;
}

/** What the worker writes; page counters and the cursor are written by the ingest of the page itself. */
export type BackfillChange = Partial<
  Pick<
    Backfill,
    'state' | 'reason' | 'rung' | 'lastAnswer' | 'lastAnswerAtMs' | 'lastEngine' | 'nextAttemptAtMs'
  >
>;

/** The answer to one request, as it was taken in; the chat is the one that the answer named. */
export interface StoredPage {
  readonly engine: EngineName;
  readonly requestId: string;
  readonly chatId: number;
  readonly messages: number;
  readonly added: number;
  readonly end: 'start-reached' | 'more-on-phone' | 'unknown';
}

export interface BackfillStore {
  get(chatId: number): Promise<Backfill | null>;
  /**
   * Chats of a run: rows that are not there are made; those that ended otherwise than by proof are queued again from where they
   * are. A complete row stays complete. Keeps counters.
   */
  begin(jobId: string, chatIds: readonly number[]): Promise<void>;
  /**
   * Takes a chat for one request of this job, for which its answers count from then on: requesting, unless another holder asks
   * for it right now. Without a job the one that had it before stays. The claim runs out with the lease. False = somebody else has it.
   */
  claim(chatId: number, holder: string, leaseMs: number, jobId?: string): Promise<boolean>;
  /** Gives the claim back; a row in the middle of a request goes back to queued. Nothing without the claim. */
  release(chatId: number, holder: string): Promise<void>;
  /** Refused (false) without the claim, which it gives back if so told. */
  move(chatId: number, holder: string, change: BackfillChange, thenRelease?: boolean): Promise<boolean>;
  /** For cancel and pause of a run: every row of the job that has not ended. */
  moveAll(jobId: string, state: 'paused' | 'cancelled' | 'queued', reason: string | null): Promise<number>;
  /** Rows that a dead process left in the middle of a request go back to queued. */
  releaseAbandoned(isGone: (holder: string) => boolean): Promise<number>;
  page(engine: EngineName, requestId: string): Promise<StoredPage | null>;
  /** Longest untouched first; all states when none is given. */
  list(query: {
    readonly states?: readonly BackfillState[];
    readonly jobId?: string;
    readonly limit: number;
    readonly after?: number;
  }): Promise<readonly Backfill[]>;
  counts(jobId?: string): Promise<Readonly<Record<BackfillState, number>>>;
  /**
   * What came for a job since it began, over its parts or for one of its chats: never less than before, and nothing of what other
   * jobs fetched. Written with the page itself.
   */
  totals(jobId: string, chatId?: number): Promise<HistoryTally>;
}
