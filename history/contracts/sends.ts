/**
 * An intent to send, written before dispatch. `planned` has provably not left; `dispatched` may have;
 * `done` and `refused` are final; `unknown` = dispatched, and nothing proved it yet.
 */
export type SendState = 'planned' | 'dispatched' | 'done' | 'refused' | 'unknown';

export interface SendRecord {
  readonly id: number;
  /** Stanza id, our own; the proof when the message shows up in the history. */
  readonly messageId: string;
  readonly operation: string;
  readonly idempotencyKey: string | null;
  /** SHA-256 of the normalised arguments; never the text itself. */
  readonly fingerprint: string;
  readonly chatJid: string;
  readonly state: SendState;
  readonly engine: string | null;
  /** JSON of the answer that was given, once there is one. */
  readonly result: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface SendStore {
  /** Inserts a planned intent; or returns the one that holds the same operation and key and is not expired. */
  plan(
    intent: Omit<SendRecord, 'id' | 'state' | 'engine' | 'result' | 'updatedAtMs'>,
    expiresAfterMs: number,
  ): Promise<{
    readonly record: SendRecord;
    readonly existing: boolean;
  }>;
  update(
    id: number,
    change: { readonly state: SendState; readonly engine?: string; readonly result?: string },
  ): Promise<void>;
  /** Forgets an intent that certainly did not leave, so that its key is free again. */
  release(id: number): Promise<void>;
  get(id: number): Promise<SendRecord | null>;
  /** Intents that a crash left in planned or dispatched. */
  open(): Promise<readonly SendRecord[]>;
  /** Newest send to a chat with this fingerprint since a time, whatever its key. */
  recent(
    operation: string,
    chatJid: string,
    fingerprint: string,
    sinceMs: number,
  ): Promise<SendRecord | null>;
}

/** Sliding windows that survive restarts. */
export interface RateStore {
  /** Counts one event when fewer than `limit` lie in the window; otherwise says in how many ms one drops out. */
  take(
    bucket: string,
    limit: number,
    windowMs: number,
    nowMs: number,
  ): Promise<{ readonly ok: boolean; readonly retryAfterMs: number }>;
  /** When the events of the window were, oldest first. Counts nothing. */
  times(bucket: string, windowMs: number, nowMs: number): Promise<readonly number[]>;
  /** Forgets all events of the bucket. */
  clear(bucket: string): Promise<void>;
}

export interface AuditEntry {
  readonly at: number;
  /** Who asked: principal of the session, or `cli`. */
  readonly actor: string;
  readonly tool: string;
  readonly ok: boolean;
  readonly code: string | null;
  readonly engine: string | null;
  readonly durationMs: number;
  /** Redacted facts; never texts. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface AuditStore {
  append(entry: AuditEntry): Promise<void>;
  list(limit: number): Promise<readonly AuditEntry[]>;
}
