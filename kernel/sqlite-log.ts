import { closeSync, fdatasyncSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * Brings the write-ahead log of a SQLite file to the disk. Commits need not wait for that, because it would stop the event loop
 * for as long as the disk takes; whoever must know that a commit survives a power cut waits here, off this thread.
 * What a checkpoint has moved on meanwhile was synced by the checkpoint. Rejects as SQLite would: with a code of SQLite.
 */
export async function syncLog(file: string): Promise<void> {
  try {
    const log = await open(`${file}-wal`, 'r+');
    try {
      await log.datasync();
    } finally {
      await log.close();
    }
  } catch (thrown) {
    if (!isMissing(thrown)) throw refusal(thrown);
  }
}

/** The same at once, for a start. Needs no space on the disk, as a checkpoint would. */
export function syncLogNow(file: string): void {
  try {
    const log = openSync(`${file}-wal`, 'r+');
    try {
      fdatasyncSync(log);
    } finally {
      closeSync(log);
    }
  } catch (thrown) {
    if (!isMissing(thrown)) throw refusal(thrown);
  }
}

function isMissing(thrown: unknown): boolean {
  return (thrown as NodeJS.ErrnoException).code === 'ENOENT';
}

function refusal(cause: unknown): Error {
  const { code } = cause as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return Object.assign(new Error('the log cannot be brought to the disk', { cause }), {
    code: isFull ? 'SQLITE_FULL' : 'SQLITE_IOERR_FSYNC',
  });
}

/** The same for many: whoever comes while a sync is under way shares the next one. */
export function createLogSync(file: string): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const start = (): Promise<void> => {
    next = null;
    const own = syncLog(file).finally(() => {
      if (running === own) running = null;
    });
    running = own;
    return own;
  };
  return () => {
    if (running === null) return start();
    // A commit that was made since the sync began may not be part of it.
    next ??= running.then(start, start);
    return next;
  };
}
