import { statSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { createCheckpointThread } from './checkpoint-thread.ts';

/** Keeps the write-ahead log short. Copying waits for the disk, and that must not stop the event loop. */
export interface Checkpointer {
  /** For writers, between their transactions. Resolves at once while the log is short. Never rejects: a long log only costs space. */
  relieve(): Promise<void>;
  /** Something was committed: a while later the log is copied, so that a quiet store lies in its file. */
  written(): void;
  close(): Promise<void>;
}

export interface CheckpointerOptions {
  readonly file: string;
  /** Copies where the thread cannot. */
  readonly fallback: Database.Database;
  /** Runs `work` while no transaction is open. */
  readonly betweenWrites: (work: () => Promise<void>) => Promise<void>;
  /** From a commit to the copy of the log. */
  readonly afterMs?: number;
}

/** Long enough that a page which changes often is copied once for many changes; see bench/history.ts. */
const LOG_MAX_BYTES = 64 * 1024 * 1024;
/** When a reader holds the log, the next writer must not wait for it again at once. */
const LOG_GROWS_BYTES = 16 * 1024 * 1024;
/** A log of this length is written over from its start; a longer one gives its space back. */
const LOG_KEPT_BYTES = 4 * 1024 * 1024;
/** Copies of the file alone (backups that leave out the log) are at most about this old. */
const AFTER_MS = 30_000;

export function createCheckpointer(options: CheckpointerOptions): Checkpointer {
  const { file, fallback, betweenWrites, afterMs = AFTER_MS } = options;
  const thread = createCheckpointThread(file);
  let limit = LOG_MAX_BYTES;
  let timer: NodeJS.Timeout | null = null;
  let copying = false;
  let dirty = false;
  let closed = false;

  const inline = () => {
    try {
      fallback.pragma('wal_checkpoint(PASSIVE)');
    } catch {
      // The disk may be full: the next transaction says so where somebody listens.
    }
  };
  const arm = () => {
    if (timer !== null || copying || closed) return;
    timer = setTimeout(() => {
      timer = null;
      void copy();
    }, afterMs);
    timer.unref();
  };
  const copy = async () => {
    copying = true;
    dirty = false;
    let outcome = await thread.run('PASSIVE');
    if (outcome === 'complete' && logBytes(file) > LOG_KEPT_BYTES)
      await betweenWrites(async () => {
        outcome = await thread.run('TRUNCATE');
      });
    copying = false;
    if (dirty || outcome !== 'complete') arm();
  };

  return {
    relieve: async () => {
      const bytes = logBytes(file);
      if (bytes < limit) return;
      const outcome = await thread.run('TRUNCATE');
      if (outcome === 'failed') inline();
      limit = outcome === 'complete' ? LOG_MAX_BYTES : bytes + LOG_GROWS_BYTES;
    },
    written: () => {
      dirty = true;
      arm();
    },
    close: async () => {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      await thread.close();
    },
  };
}

/** Size of the write-ahead log of a database file. */
export function logBytes(file: string): number {
  return statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
