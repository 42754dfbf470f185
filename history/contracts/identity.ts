export interface MergeRecord {
  readonly id: number;
  readonly at: number;
  readonly kept: number;
  readonly merged: number;
  readonly source: string;
  readonly undoneAt: number | null;
}

/** Which ids are the same person or chat. Ingest links by itself; these calls are for people and repair. */
export interface IdentityStore {
  /** Newest first. */
  merges(limit: number): Promise<readonly MergeRecord[]>;
  /** Takes a merge apart again: people, chats, messages as they were, later arrivals stay with the kept one. Throws VALIDATION_ERROR for an unknown or undone merge. */
  undo(mergeId: number): Promise<void>;
}
