import { open } from 'node:fs/promises';

/**
 * Brings the write-ahead log of a SQLite file to the disk. Commits need not wait for that, because it would stop the event loop
 * for as long as the disk takes; whoever must know that a commit survives a power cut waits here, off this thread.
 * What a checkpoint has moved on meanwhile was synced by the checkpoint.
 */
export async function syncLog(file: string): Promise<void> {
  const log = await open(`${file}-wal`, 'r+').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null;
    throw cause;
  });
  if (log === null) return;
  try {
    await log.datasync();
  } finally {
    await log.close();
  }
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
