import type { ErrorCode } from '#kernel/errors.ts';

/**
 * Long work as rows. The row is the truth: a queue only carries its id and can be thrown away at any moment.
 *
 * queued → running ⇄ waiting → completed | failed | cancelled; paused and interrupted go back to queued.
 * `waiting` = nothing can be done before `nextTurnAtMs` (the phone is away, the pace, a child job); `interrupted` = a process
 * died in the middle, the next turn goes on from what is stored.
 */
export const jobStates = [
  'queued',
  'running',
  'waiting',
  'paused',
  'interrupted',
  'completed',
  'failed',
  'cancelled',
] as const;
export type JobState = (typeof jobStates)[number];

export const endedStates: readonly JobState[] = ['completed', 'failed', 'cancelled'];

export const jobKinds = [
  'history',
  'mark-read',
  'mark-community',
  'fetch-media',
  'export',
  'purge',
  'rebuild-search',
] as const;
export type JobKind = (typeof jobKinds)[number];

/** What the owner wants; looked at at every step. */
export type JobWish = 'run' | 'pause' | 'cancel';

/** Ids, codes, counts and times; never texts of messages. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface JobError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

export interface JobRecord {
  /** Random; names the job everywhere. */
  readonly id: string;
  readonly kind: JobKind;
  /** Who asked; others do not see it. Children have the owner of their parent. */
  readonly owner: string;
  /** Of kind and arguments: the same request joins the job that does it already. */
  readonly fingerprint: string;
  readonly args: Json;
  readonly state: JobState;
  readonly wish: JobWish;
  /** Why it waits, or how it ended, as a word of the kind; null where the state says it all. */
  readonly reason: string | null;
  /** Higher first. */
  readonly priority: number;
  readonly done: number;
  /** Null = not known yet. */
  readonly total: number | null;
  /** What the kind counts, for people and tools. */
  readonly facts: Json;
  readonly result: Json;
  readonly error: JobError | null;
  readonly parentId: string | null;
  /** Counts up with every hand-over to the queue. */
  readonly turn: number;
  /** Counts up with every claim, and when a job is taken from its holder or started anew: older writers are refused. */
  readonly fence: number;
  readonly nextTurnAtMs: number | null;
  readonly createdAtMs: number;
  readonly startedAtMs: number | null;
  readonly updatedAtMs: number;
  readonly endedAtMs: number | null;
}

export interface NewJob {
  readonly id: string;
  readonly kind: JobKind;
  readonly owner: string;
  readonly fingerprint: string;
  readonly args: Json;
  readonly priority?: number;
  readonly parentId?: string;
  readonly total?: number;
}

/** Fields that a turn may write; absent = stays. */
export interface JobChange {
  readonly state?: JobState;
  readonly reason?: string | null;
  readonly done?: number;
  readonly total?: number | null;
  readonly facts?: Json;
  readonly result?: Json;
  readonly error?: JobError | null;
  readonly nextTurnAtMs?: number | null;
}

export interface JobQuery {
  readonly owner?: string;
  readonly states?: readonly JobState[];
  readonly kinds?: readonly JobKind[];
  readonly parentId?: string;
  readonly limit: number;
  /** Continue behind this one, newest first. */
  readonly after?: { readonly createdAtMs: number; readonly id: string };
}

export const itemStates = ['queued', 'running', 'done', 'failed', 'skipped', 'cancelled'] as const;
export type ItemState = (typeof itemStates)[number];

/** One part of a job that succeeds or fails on its own: a chat, a file. */
export interface JobItem {
  readonly n: number;
  /** Follows its chat through merges; null when the part is no chat. */
  readonly chatId: number | null;
  /** Message key, where the part is one message. */
  readonly messageKey: number | null;
  readonly state: ItemState;
  readonly reason: string | null;
  /** Of older history the messages that came, also while the part is under way. */
  readonly done: number;
  readonly total: number | null;
  readonly result: Json;
}

export type NewItem = Pick<JobItem, 'chatId' | 'messageKey'> & { readonly total?: number };
export type ItemChange = Partial<Pick<JobItem, 'state' | 'reason' | 'done' | 'total' | 'result'>>;

/**
 * Every write with a fence throws JOB_FENCED when the job was claimed or taken away since, and then changes nothing; `save` and
 * those of items also when it has ended. JOB_NOT_FOUND for ids that are not there, where null is not an answer.
 * A job whose owner wants `pause` or `cancel` is claimed by nobody: it gets there as soon as no turn is left that would look.
 */
export interface JobStore {
  /**
   * In one transaction: joins an unfinished job of the same owner, kind and fingerprint, unless its owner cancels it, else makes
   * a new one. A child is born with the wish of its parent, so that one that a cancelled parent makes is cancelled at once.
   * Survives a power cut when it has no parent.
   */
  create(job: NewJob): Promise<{ readonly job: JobRecord; readonly joined: boolean }>;
  get(id: string): Promise<JobRecord | null>;
  list(query: JobQuery): Promise<readonly JobRecord[]>;
  counts(): Promise<Readonly<Record<JobState, number>>>;
  /**
   * Writes what the owner wants, for the children too. `cancel` of a job that nobody works on (no lease, or one that ran out)
   * ends it here with its unfinished parts, `pause` pauses it; else its turn sees the wish. `run` of a paused, interrupted,
   * failed or cancelled one puts it back to queued (its unfinished and failed parts too); a waiting one need not wait any longer
   * and is queued; a completed one stays as it is.
   * Returns the job as it is then, and whether anything changed, the children included; null for an unknown id.
   */
  setWish(id: string, wish: JobWish): Promise<{ readonly job: JobRecord; readonly changed: boolean } | null>;
  setPriority(id: string, priority: number): Promise<void>;
  /** The next number of a hand-over to the queue. */
  nextTurn(id: string): Promise<number>;
  /**
   * Takes the job for one turn: fence + 1, state running. Null when it has ended, is paused, or somebody else holds a lease that
   * has not run out. The lease is a time of the wall clock; `renew` and every `save` extend it.
   */
  claim(id: string, holder: string, leaseMs: number): Promise<JobRecord | null>;
  renew(id: string, fence: number, leaseMs: number): Promise<void>;
  /** Gives the lease back; the state stays as last saved, unless the owner wants `pause` or `cancel`: then it moves there. */
  release(id: string, fence: number): Promise<void>;
  /**
   * Returns the job as it is then, with the owner's wish. States other than running and waiting give the lease back; `cancelled`
   * cancels the unfinished parts. `paused` and `cancelled` are refused while the owner wants `run`: the job is queued instead.
   */
  save(id: string, fence: number, change: JobChange): Promise<JobRecord>;
  /** Numbered on from 1. */
  addItems(id: string, fence: number, items: readonly NewItem[]): Promise<void>;
  /** In order of `n`. */
  items(
    id: string,
    query?: { readonly states?: readonly ItemState[]; readonly after?: number; readonly limit?: number },
  ): Promise<readonly JobItem[]>;
  itemCounts(id: string): Promise<Readonly<Record<ItemState, number>>>;
  saveItem(id: string, fence: number, n: number, change: ItemChange): Promise<void>;
  /**
   * The part is under way from now on. False, and nothing is changed, while another job of these kinds has the same chat under way
   * and a worker that is alive, in whichever process.
   */
  takeItem(id: string, fence: number, n: number, against: readonly JobKind[]): Promise<boolean>;
  /**
   * Unfinished jobs whose holder is gone (its lease ran out, or `isGone` says that it was an earlier life) become interrupted,
   * or what their owner wanted meanwhile: at the start and from time to time. Returns the interrupted ones. What waits without a
   * holder is not abandoned; `isGone` must be quick, it is asked inside the transaction.
   */
  interruptAbandoned(isGone: (holder: string) => boolean): Promise<readonly string[]>;
  /** Unfinished, not paused: what a queue should hold; in order of priority and age. */
  unfinished(): Promise<
    readonly Pick<JobRecord, 'id' | 'kind' | 'state' | 'turn' | 'priority' | 'nextTurnAtMs' | 'parentId'>[]
  >;
  /** Deletes jobs that ended before, with their parts, but none with an unfinished parent or child; returns how many. */
  sweep(endedBeforeMs: number): Promise<number>;
}
