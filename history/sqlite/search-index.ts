import Database from 'better-sqlite3';
import { isIndexError } from './errors.ts';
import { readMigrations } from './migrate.ts';
import type { Sql } from './sql.ts';

/**
 * A full-text index that is being rebuilt holds the messages up to a key, all of them, and none above. Whatever changes
 * meanwhile is indexed only up to there; the rebuild comes by for the rest.
 */
export interface IndexPlace {
  readonly key: number;
  /** Messages gone through so far. */
  readonly done: number;
}

export const BROKEN = 'search_index_broken';
const REBUILT_TO = 'search_index_rebuilt_to';

/** Null = no rebuild is under way. */
export function indexPlace(sql: Sql): IndexPlace | null {
  const row = sql.get<{ value: string }>(`SELECT value FROM meta WHERE key = ?`, REBUILT_TO);
  return row === null ? null : (JSON.parse(row.value) as IndexPlace);
}

export function setIndexPlace(sql: Sql, place: IndexPlace | null): void {
  if (place === null) sql.run(`DELETE FROM meta WHERE key = ?`, REBUILT_TO);
  else sql.run(`INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)`, REBUILT_TO, JSON.stringify(place));
}

/** An empty index, however damaged the old one is; its place is before the first message. */
export function clearIndex(sql: Sql): void {
  const { create, settings } = declaredIndex();
  drop(sql.db);
  sql.db.exec(create);
  // The driver binds floating point; FTS5 takes whole numbers only.
  for (const { k, v } of settings)
    sql.db.prepare(`INSERT INTO messages_fts (messages_fts, rank) VALUES (?, CAST(? AS INTEGER))`).run(k, v);
  sql.run(`DELETE FROM meta WHERE key = ?`, BROKEN);
  setIndexPlace(sql, { key: 0, done: 0 });
}

/** As the migrations make it: the damaged file may have lost its own declaration. */
function declaredIndex() {
  const fresh = new Database(':memory:');
  try {
    for (const { sql } of readMigrations()) fresh.exec(sql);
    const create = fresh
      .prepare<[], string>(`SELECT sql FROM sqlite_schema WHERE name = 'messages_fts'`)
      .pluck()
      .get();
    if (create === undefined) throw new Error('no migration declares the index');
    const settings = fresh
      .prepare<[], { k: string; v: number }>(`SELECT k, v FROM messages_fts_config WHERE k <> 'version'`)
      .all();
    return { create, settings };
  } finally {
    fresh.close();
  }
}

function drop(db: Database.Database): void {
  try {
    db.exec(`DROP TABLE IF EXISTS messages_fts`);
    return;
  } catch (thrown) {
    if (!isIndexError(thrown)) throw thrown;
  }
  // FTS5 cannot even open it: its entry and its tables go one by one.
  db.unsafeMode(true);
  try {
    db.pragma('writable_schema = ON');
    db.exec(`DELETE FROM sqlite_schema WHERE name = 'messages_fts'`);
    db.pragma('writable_schema = RESET');
    for (const part of ['data', 'idx', 'content', 'docsize', 'config'])
      db.exec(`DROP TABLE IF EXISTS messages_fts_${part}`);
  } finally {
    db.pragma('writable_schema = OFF');
    db.unsafeMode(false);
  }
}
