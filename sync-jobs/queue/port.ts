import type { Queue } from 'bullmq';

/** One BullMQ queue each, so that a long backfill never stands before an action that somebody waits for. */
export const lanes = ['history', 'actions', 'media', 'maintenance'] as const;
export type Lane = (typeof lanes)[number];

/** What travels is ids alone: job data is shown in the dashboard and may be thrown away at any moment. */
export interface QueuedJob {
  readonly lane: Lane;
  /** Any text without NUL. */
  readonly jobId: string;
  /** Counts up with each hand-over: a kept, finished entry with the same id would swallow the next one. */
  readonly turn: number;
  /** Absent = at once. */
  readonly delayMs?: number;
  /** 1 (first) to 2 097 151 (last); absent = before all that have a number. */
  readonly priority?: number;
  /** The kind of the job, for the dashboard; never a name, a number or a text of the account. */
  readonly label: string;
}

/** What a turn of a job ends with. `again` = the same job wants another turn after the pause. */
export type TurnEnd = { readonly end: 'done' } | { readonly end: 'again'; readonly afterMs: number };

/**
 * Does one bounded piece of a job. The signal says: checkpoint and return soon (removed, closing, or the
 * lock of this turn was lost and somebody else may run the job). What it throws fails the entry with the
 * code of the error alone; the queue never tries again by itself. `turn` is the number that it was handed over with: a job that
 * was handed over again since has a newer entry.
 */
export type TurnHandler = (jobId: string, signal: AbortSignal, turn: number) => Promise<TurnEnd>;

export interface LaneCounts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
  readonly completed: number;
}

export type QueueState = 'asleep' | 'starting' | 'up' | 'down';

export interface QueueHealth {
  readonly state: QueueState;
  /** Code of the last fault while `down`, e.g. ECONNREFUSED; null otherwise. */
  readonly error: string | null;
  /** When this state began, ms since 1970. */
  readonly since: number;
}

/** The queue is disposable: the owner keeps every job in the database and hands it over again when told. */
export interface JobQueue {
  readonly backend: 'redis' | 'embedded';
  /** Sets the one handler of all lanes. Workers run as soon as the backend is up; call once. */
  work(handler: TurnHandler): void;
  /** The same jobId and turn again is nothing. Throws QUEUE_UNAVAILABLE within seconds when the backend is away. */
  enqueue(job: QueuedJob): Promise<void>;
  /** The jobIds that wait, are delayed or run. Empty while asleep. Throws QUEUE_UNAVAILABLE. */
  held(): Promise<ReadonlySet<string>>;
  /** Drops what waits or is delayed; a running turn of this process gets its signal aborted. Throws QUEUE_UNAVAILABLE. */
  remove(jobId: string): Promise<void>;
  /** Never starts a sleeping backend: zeros then. Throws QUEUE_UNAVAILABLE. */
  counts(): Promise<Readonly<Record<Lane, LaneCounts>>>;
  health(): QueueHealth;
  /** The BullMQ queues for the dashboard; wakes the backend. Throws QUEUE_UNAVAILABLE. */
  queues(): Promise<readonly Queue[]>;
  /**
   * Called whenever the backend is there again after it was lost, or came up empty: what should run is then
   * handed over anew. The answer takes the listener away again.
   */
  onReady(listener: () => void): () => void;
  /** Aborts the running turns, gives them a bounded time to yield, and lets go of everything. */
  close(): Promise<void>;
}
