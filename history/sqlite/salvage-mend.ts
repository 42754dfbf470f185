import type Database from 'better-sqlite3';
import { tryParseJid } from '#engines/contract/identity.ts';
import { ME } from './identities.ts';
import { refreshIds } from './links.ts';
import { MESSAGE_PARTS } from './salvage-keys.ts';
import type { Slice } from './slice.ts';
import type { Sql } from './sql.ts';
import { recount } from './undo.ts';

/**
 * Makes one history of what could be read: rows that others refer to are made again from what is known of them, and what hangs
 * in the air goes. Then everything that is derived is counted anew.
 */
export async function mend(sql: Sql, now: number, slice: Slice): Promise<void> {
  bringBackPeople(sql);
  bringBackAliases(sql, now);
  bringBackChats(sql);
  dropLoose(sql);
  for (const { id } of sql.all<{ id: number }>(`SELECT id FROM chats`)) {
    recount(sql, id);
    if (slice.due()) await slice.rest();
  }
  sql.run(`UPDATE chats SET active_at = MAX(active_at, COALESCE(last_key, 0) / 65536)`);
  sql.run(
    `INSERT OR IGNORE INTO chat_authors (chat_id, person_id)
     SELECT DISTINCT m.chat_id, m.sender_id FROM messages m JOIN chats c ON c.id = m.chat_id
     WHERE c.person_id IS NULL AND m.sender_id > 0`,
  );
}

function bringBackPeople(sql: Sql): void {
  sql.run(`INSERT OR IGNORE INTO people (id, is_me) VALUES (?, 1)`, ME);
  const lost = sql.all<{ id: number }>(
    `SELECT DISTINCT person_id AS id FROM aliases WHERE person_id IS NOT NULL AND person_id NOT IN (SELECT id FROM people)`,
  );
  for (const { id } of lost) {
    sql.run(`INSERT INTO people (id) VALUES (?)`, id);
    refreshIds(sql, id);
  }
}

/** Of each person and each chat at least the id that is shown. */
function bringBackAliases(sql: Sql, now: number): void {
  for (const kind of ['pn', 'lid'])
    sql.run(
      `INSERT OR IGNORE INTO aliases (jid, kind, person_id, source, seen_at)
       SELECT ${kind}, '${kind}', id, 'message', ? FROM people WHERE ${kind} IS NOT NULL`,
      now,
    );
  const unnamed = sql.all<{ id: number; jid: string }>(
    `SELECT id, jid FROM chats WHERE jid IS NOT NULL AND jid NOT IN (SELECT jid FROM aliases)`,
  );
  for (const { id, jid } of unnamed) {
    const kind = tryParseJid(jid)?.kind;
    if (kind === undefined) continue;
    sql.run(
      `INSERT INTO aliases (jid, kind, chat_id, source, seen_at) VALUES (?, ?, ?, 'message', ?)`,
      jid,
      kind,
      id,
      now,
    );
  }
}

function bringBackChats(sql: Sql): void {
  sql.run(
    `INSERT OR IGNORE INTO chats (id, kind, jid) SELECT chat_id, kind, jid FROM aliases
     WHERE chat_id IS NOT NULL AND chat_id NOT IN (SELECT id FROM chats)`,
  );
  // A chat without an id of its own is with the one person who writes in it.
  sql.run(
    `INSERT OR IGNORE INTO chats (id, kind, person_id)
     SELECT chat_id, 'direct', MAX(sender_id) FROM messages
     WHERE chat_id NOT IN (SELECT id FROM chats) AND sender_id IN (SELECT id FROM people WHERE id <> ${ME})
     GROUP BY chat_id HAVING COUNT(DISTINCT sender_id) = 1`,
  );
  sql.run(`DELETE FROM chats WHERE person_id IS NOT NULL AND person_id NOT IN (SELECT id FROM people)`);
  sql.run(`DELETE FROM chats WHERE person_id IS NULL AND jid IS NULL`);
}

function dropLoose(sql: Sql): void {
  const people = `(SELECT id FROM people)`;
  const chats = `(SELECT id FROM chats)`;
  sql.run(`UPDATE OR IGNORE messages SET sender_id = 0 WHERE sender_id > 0 AND sender_id NOT IN ${people}`);
  sql.run(
    `DELETE FROM messages WHERE chat_id NOT IN ${chats} OR (sender_id > 0 AND sender_id NOT IN ${people})`,
  );
  for (const table of MESSAGE_PARTS)
    sql.run(`DELETE FROM ${table} WHERE pk NOT IN (SELECT pk FROM messages)`);
  sql.run(`DELETE FROM no_messages WHERE sender_id > 0 AND sender_id NOT IN ${people}`);
  // What a merge moved is kept for its undoing; everything else needs its owner.
  for (const [table, column, there] of [
    ...columnsNamed(sql.db, 'chat_id').map((table) => [table, 'chat_id', chats] as const),
    ...columnsNamed(sql.db, 'person_id').map((table) => [table, 'person_id', people] as const),
  ])
    if (table !== 'merge_moves')
      sql.run(`DELETE FROM ${table} WHERE ${column} IS NOT NULL AND ${column} NOT IN ${there}`);
}

function columnsNamed(db: Database.Database, column: string): string[] {
  return db
    .prepare<[string], string>(
      `SELECT s.name FROM sqlite_schema s JOIN pragma_table_info(s.name) c ON c.name = ?
       WHERE s.type = 'table' AND s.rootpage > 0 AND s.name NOT LIKE 'messages_fts%'`,
    )
    .pluck()
    .all(column);
}
