import type { EngineName } from '#engines/contract/capability.ts';
import type { HistoryAnchor } from '#engines/contract/message.ts';

export type CheckpointState =
  | 'queued'
  | 'requesting'
  | 'awaiting'
  | 'ingesting'
  | 'paused'
  | 'complete'
  | 'exhausted'
  | 'blocked'
  | 'stalled'
  | 'cancelled'
  | 'failed';

/** How far a backfill of one chat has come. One row per chat, engine and direction; it follows its chat through merges. */
export interface Checkpoint {
  readonly chatId: number;
  readonly engine: EngineName;
  readonly direction: 'older' | 'newer';
  readonly state: CheckpointState;
  /** Why it is in this state, as a code; null where the state says it all. */
  readonly reason: string | null;
  /** The message that the next page is asked from; null before the first. */
  readonly anchor: HistoryAnchor | null;
  /** Pages so far. */
  readonly page: number;
  readonly fetched: number;
  readonly added: number;
  readonly deduplicated: number;
  /** Seconds; null = no attempt is planned. */
  readonly nextAttemptAt: number | null;
}

export interface CheckpointStore {
  get(chatId: number, engine: EngineName, direction: Checkpoint['direction']): Promise<Checkpoint | null>;
  /** Inserts or replaces. */
  save(checkpoint: Checkpoint): Promise<void>;
  /** Longest untouched first; all states when none is given. */
  list(states?: readonly CheckpointState[]): Promise<readonly Checkpoint[]>;
}
