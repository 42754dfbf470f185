import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { makePrivateDir, PRIVATE_FILE } from '#kernel/data-dir.ts';

export type SessionDb = Database.Database;

/**
 * `session.db` of the engine: keys of the linked device, descriptors of history not yet processed, own
 * sends, marks. FULL by default; what is written otherwise says why.
 */
export function openSessionDb(engineDir: string): SessionDb {
  makePrivateDir(engineDir);
  const file = join(engineDir, 'session.db');
  const db = new Database(file);
  chmodSync(file, PRIVATE_FILE);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('secure_delete = ON');
  db.exec(`
    CREATE TABLE IF NOT EXISTS auth (
      type TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (type, id)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS history_descriptors (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      digest TEXT NOT NULL UNIQUE,
      notification BLOB NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      next_attempt_ms INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE IF NOT EXISTS sent (
      id TEXT PRIMARY KEY, chat TEXT NOT NULL, message BLOB NOT NULL, sent_at INTEGER NOT NULL, state TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS sent_by_time ON sent (sent_at);
    CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  `);
  return db;
}
