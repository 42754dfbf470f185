/**
 * Long work on the store itself, in steps that a job repeats until there is nothing left. Each step is one transaction; a
 * kill between or within steps loses at most the step under way, and the same call goes on from there.
 */
export interface MaintenanceStore {
  /**
   * Rebuilds the full-text index, oldest messages first. `after` null drops the index and starts; any other value goes on
   * from where the store itself knows it is, so a caller's place may be out of date. Until the end searches say that they are
   * degraded; what arrives meanwhile is in the index once. Throws DATABASE_ERROR when the index failed again meanwhile: start
   * anew with null then.
   */
  reindex(after: number | null, limit: number): Promise<ReindexStep>;
  index(): Promise<IndexState>;
  /**
   * Deletes up to `limit` messages sent before a time (seconds), oldest first, with everything that hangs on them. Chats and
   * people stay. The first step also sets the purge mark: older messages that come back with history are not stored again.
   */
  purge(before: number, limit: number): Promise<PurgeStep>;
  /** Forgets files that the caller has removed: by `PurgedMedia.key`. Until then every step names them again. */
  mediaRemoved(keys: readonly number[]): Promise<void>;
  /**
   * Deletes notes of work that is done, taken before a time (seconds): which pages came, and on demand also what could not be
   * read and was kept aside. Nothing that anybody is shown depends on them.
   */
  clearNotes(before: number, which: { readonly quarantined: boolean }): Promise<ClearedNotes>;
  /** What was kept aside before a time (seconds), because it could not be read. */
  quarantinedBefore(before: number): Promise<number>;
  /** Messages sent before this (seconds) are not kept; null = nothing was ever purged. Nothing before it counts as held. */
  purgedBefore(): Promise<number | null>;
}

export interface ReindexStep {
  /** Key of the last message done, for the caller's checkpoint; null = the index is complete and in use. */
  readonly next: number | null;
  /** Messages gone through since the start, with or without a text. */
  readonly indexed: number;
  /** All messages of the store, by now. */
  readonly total: number;
}

export interface IndexState {
  readonly usable: boolean;
  /** Key that a rebuild under way has reached, 0 at its start; null = none is under way. */
  readonly rebuiltTo: number | null;
}

export interface ClearedNotes {
  readonly pages: number;
  readonly quarantined: number;
  /** What the quarantined took up; the file keeps its size and uses the room again. */
  readonly bytes: number;
}

export interface PurgeStep {
  /** Deleted by this step. */
  readonly messages: number;
  /**
   * Files that no stored message names any more, of this step and of earlier ones that were not reported with `mediaRemoved`;
   * at most 1,000 at a time.
   */
  readonly media: readonly PurgedMedia[];
  /** True = no older message is left and `media` holds all there is to remove. */
  readonly done: boolean;
}

export interface PurgedMedia {
  readonly key: number;
  /** Hex, as in the name of the file; null = the message did not name its hash, so the file is found by the message. */
  readonly sha256: string | null;
  /** The message as MessageRecord named it. */
  readonly message: {
    readonly chatJid: string;
    readonly id: string;
    readonly fromMe: boolean;
    readonly sender: string | null;
  };
}
