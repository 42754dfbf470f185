import type Database from 'better-sqlite3';

/**
 * A write that survives the death of the process and does not wait for the disk: for what a power cut may undo, because it is
 * repeated then, and for what is waited for beside the event loop. The connection is one with `synchronous = FULL`.
 */
export function relaxed(db: Database.Database, write: () => void): void {
  db.pragma('synchronous = NORMAL');
  try {
    write();
  } finally {
    db.pragma('synchronous = FULL');
  }
}
