import type { Clock } from '#kernel/clock.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { ReadStore, SingleRead, UnreadCounts, UnreadMessages } from '../contracts/reads.ts';
import type { Store } from './database.ts';
import { ME } from './identities.ts';
import { messagesByKeys } from './message-reader.ts';
import type { Sql } from './sql.ts';

/**
 * The account's own row in `receipts`, on a message of somebody else, is what was done about reading it: `delivered_at` = it was
 * read out of its turn and is not counted as unread any more, `read_at` = its writer was told.
 */
const READ_EARLY = `EXISTS (SELECT 1 FROM receipts r WHERE r.pk = m.pk AND r.person_id = ${ME} AND r.delivered_at IS NOT NULL)`;
const IS_TOLD = `EXISTS (SELECT 1 FROM receipts r WHERE r.pk = m.pk AND r.person_id = ${ME} AND r.read_at IS NOT NULL)`;

/** Messages that a chat's counter can count: of others, and not read one by one. `m` is the message. */
export const COUNTABLE_AS_UNREAD = `m.from_me = 0 AND m.type <> 'system' AND NOT ${READ_EARLY}`;

export function createReads(store: Store, clock: Clock): ReadStore {
  const now = () => Math.floor(clock.now() / MILLISECONDS_PER_SECOND);
  return {
    counts: (chatId) => store.read((sql) => counts(sql, chatId)),
    unread: (chatId, limit) => store.read((sql) => unread(sql, chatId, limit)),
    told: (keys) => store.read((sql) => told(sql, keys)),
    noteTold: (keys) => store.write((sql) => note(sql, keys, 'read_at', now())),
    noteRead: (read) => store.write((sql) => noteRead(sql, read, now())),
  };
}

/** The counter says how many, as on the phone; the newest that it can count are those. */
export function unreadKeys(sql: Sql, chatId: number, limit: number): number[] {
  return sql
    .all<{ pk: number }>(
      `SELECT m.pk FROM messages m WHERE m.chat_id = ? AND ${COUNTABLE_AS_UNREAD} ORDER BY m.pk DESC
       LIMIT MIN(?, (SELECT unread FROM chats WHERE id = ?))`,
      chatId,
      limit,
      chatId,
    )
    .map((row) => row.pk);
}

export function isReadEarly(sql: Sql, key: number): boolean {
  return sql.get(`SELECT 1 FROM messages m WHERE m.pk = ? AND ${READ_EARLY}`, key) !== null;
}

function counts(sql: Sql, chatId: number): UnreadCounts {
  const chat = sql.get<{ unread: number }>(`SELECT unread FROM chats WHERE id = ?`, chatId);
  const count = chat?.unread ?? 0;
  const found = sql.get<{ stored: number; told: number }>(
    `SELECT COUNT(*) AS stored, COALESCE(SUM(told), 0) AS told FROM
       (SELECT ${IS_TOLD} AS told FROM messages m WHERE m.chat_id = ? AND ${COUNTABLE_AS_UNREAD} ORDER BY m.pk DESC LIMIT ?)`,
    chatId,
    count,
  );
  return { unread: count, stored: found?.stored ?? 0, told: found?.told ?? 0 };
}

function unread(sql: Sql, chatId: number, limit: number): UnreadMessages {
  const keys = unreadKeys(sql, chatId, limit);
  const newest = sql.get<{ pk: number }>(
    `SELECT pk FROM messages WHERE chat_id = ? AND from_me = 0 AND type <> 'system' ORDER BY pk DESC LIMIT 1`,
    chatId,
  );
  return {
    ...counts(sql, chatId),
    messages: messagesByKeys(sql, keys),
    toldKeys: told(sql, keys),
    newest: newest?.pk ?? 0,
  };
}

function told(sql: Sql, keys: readonly number[]): ReadonlySet<number> {
  if (keys.length === 0) return new Set();
  const rows = sql.all<{ pk: number }>(
    `SELECT m.pk FROM messages m WHERE m.pk IN (SELECT value FROM json_each(?)) AND ${IS_TOLD}`,
    JSON.stringify(keys),
  );
  return new Set(rows.map((row) => row.pk));
}

/** The first time stays, as with any receipt. Messages that were deleted meanwhile, and own ones, get no row. */
function note(sql: Sql, keys: readonly number[], column: 'delivered_at' | 'read_at', at: number): void {
  if (keys.length === 0) return;
  sql.run(
    `INSERT INTO receipts (pk, person_id, ${column})
       SELECT pk, ${ME}, ? FROM messages WHERE from_me = 0 AND pk IN (SELECT value FROM json_each(?))
     ON CONFLICT (pk, person_id) DO UPDATE SET ${column} = COALESCE(${column}, excluded.${column})`,
    at,
    JSON.stringify(keys),
  );
}

function noteRead(sql: Sql, { chatId, keys, before }: SingleRead, at: number): void {
  const chat = sql.get<{ unread: number }>(`SELECT unread FROM chats WHERE id = ?`, chatId);
  if (chat === null) return;
  const named = new Set(keys);
  const read = before.messages.filter(({ key }) => named.has(key)).length;
  const since =
    sql.get<{ n: number }>(
      `SELECT COUNT(*) AS n FROM messages m WHERE m.chat_id = ? AND m.pk > ? AND ${COUNTABLE_AS_UNREAD}`,
      chatId,
      before.newest,
    )?.n ?? 0;
  note(sql, keys, 'delivered_at', at);
  if (read === 0) return;
  // Where an engine has counted already, its count is right and stays.
  const left = Math.min(chat.unread, Math.max(0, before.unread + since - read));
  sql.run(
    `UPDATE chats SET unread = ?1, marked_unread = CASE WHEN ?1 = 0 THEN 0 ELSE marked_unread END WHERE id = ?2`,
    left,
    chatId,
  );
}
