import { open } from 'node:fs/promises';

/**
 * Brings the write-ahead log to the disk. Commits do not wait for that, because it would stop the event loop for as
 * long as the disk takes; whoever must know that a commit survives a power cut waits here, off this thread.
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
