import type { PurgedMedia, PurgeStep } from '../contracts/maintenance.ts';
import { firstKeyOf } from '../time-key.ts';
import type { Store } from './database.ts';
import type { IngestTools } from './ingest-tools.ts';
import { countable } from './merge-messages.ts';
import { TIME_CORRECTION_MAX_SECONDS } from './message-filter.ts';
import { messagesByKeys } from './message-reader.ts';
import type { MessageRow } from './message-rows.ts';
import { PURGED_BEFORE } from './message-writer.ts';
import { pruneTraces } from './purge-traces.ts';
import { COUNTABLE_AS_UNREAD } from './reads.ts';
import type { Slice } from './slice.ts';
import type { Sql } from './sql.ts';

/** Rows deleted by one statement: a few milliseconds. */
const DELETED_AT_A_TIME = 200;
/** Media rows looked through together. */
const MEDIA_AT_A_TIME = 2_000;
const MEDIA_REPORTED_MAX = 1_000;
/** In `meta`, one row a file that nobody has removed yet. */
const REMOVABLE = 'purged_media/';
const BEHIND_REMOVABLE = 'purged_media0';
const PARTS = ['message_observations', 'media', 'reactions', 'receipts', 'revisions'] as const;

export interface PurgeDeps {
  readonly store: Store;
  readonly tools: IngestTools;
  readonly flush: (slice: Slice) => Promise<void>;
}

export interface Purge {
  readonly purge: (before: number, limit: number) => Promise<PurgeStep>;
  readonly mediaRemoved: (keys: readonly number[]) => Promise<void>;
  readonly purgedBefore: () => Promise<number | null>;
}

export function createPurge({ store, tools, flush }: PurgeDeps): Purge {
  return {
    purge: async (wanted, limit) => {
      const { messages, last } = await store.write(async (sql, slice) => {
        // A time to come would refuse what arrives from now on.
        const before = Math.min(wanted, tools.now());
        sql.run(
          `INSERT INTO meta (key, value) VALUES (?1, ?2)
           ON CONFLICT DO UPDATE SET value = MAX(CAST(value AS INTEGER), ?3)`,
          PURGED_BEFORE,
          String(before),
          before,
        );
        const rows = sql.all<MessageRow>(
          `SELECT * FROM messages WHERE pk < ? AND sent_at < ? ORDER BY pk LIMIT ?`,
          firstKeyOf(before + TIME_CORRECTION_MAX_SECONDS),
          before,
          limit,
        );
        await deleteMessages(tools, rows, slice);
        await flush(slice);
        const isLast = rows.length < limit;
        if (isLast) {
          await pruneTraces(sql, before, slice);
          tools.pending.forget();
        }
        return { messages: rows.length, last: isLast };
      });
      const media = await store.read(removable);
      return { messages, media, done: last && media.length < MEDIA_REPORTED_MAX };
    },
    mediaRemoved: (keys) =>
      store.write((sql) => {
        for (const key of keys) sql.run(`DELETE FROM meta WHERE key = ?`, REMOVABLE + key);
      }),
    purgedBefore: () =>
      store.read((sql) => {
        const row = sql.get<{ value: string }>(`SELECT value FROM meta WHERE key = ?`, PURGED_BEFORE);
        return row === null ? null : Number(row.value);
      }),
  };
}

async function deleteMessages(tools: IngestTools, rows: readonly MessageRow[], slice: Slice): Promise<void> {
  const { sql } = tools;
  const files = filesOf(sql, rows);
  for (let at = 0; at < rows.length; at += DELETED_AT_A_TIME) {
    const part = rows.slice(at, at + DELETED_AT_A_TIME);
    const keys = JSON.stringify(part.map((row) => row.pk));
    for (const table of ['messages', ...PARTS])
      sql.run(`DELETE FROM ${table} WHERE pk IN (SELECT value FROM json_each(?))`, keys);
    for (const row of part) {
      tools.index.drop(row.pk);
      tools.counts.add(countable(row), -1);
    }
    if (slice.due()) await slice.rest();
  }
  for (const [chatId, gone] of groupBy(rows, (row) => row.chat_id)) {
    correctChat(sql, chatId, gone);
    forgetAuthors(sql, chatId, gone);
    if (slice.due()) await slice.rest();
  }
  await keepRemovable(sql, files, slice);
}

function correctChat(sql: Sql, chatId: number, gone: readonly MessageRow[]): void {
  const chat = sql.get<{ unread: number; last_key: number | null }>(
    `SELECT unread, last_key FROM chats WHERE id = ?`,
    chatId,
  );
  if (chat === null) return;
  const incoming = gone.filter((row) => row.from_me === 0 && row.type !== 'system').length;
  const lastGone = gone.some((row) => row.pk === chat.last_key);
  const last = lastGone
    ? (sql.get<{ pk: number }>(
        `SELECT pk FROM messages WHERE chat_id = ? AND type <> 'system' ORDER BY pk DESC LIMIT 1`,
        chatId,
      )?.pk ?? null)
    : chat.last_key;
  sql.run(
    `UPDATE chats SET message_count = message_count - ?, last_key = ?, unread = ? WHERE id = ?`,
    gone.length,
    last,
    unreadAfter(sql, chatId, chat.unread, incoming),
    chatId,
  );
}

/** The unread messages are the newest of others; the phone may have told of more than were ever stored. */
function unreadAfter(sql: Sql, chatId: number, unread: number, gone: number): number {
  if (unread === 0 || gone === 0) return unread;
  const left =
    sql.get<{ n: number }>(
      `SELECT COUNT(*) AS n FROM (SELECT 1 FROM messages m WHERE m.chat_id = ? AND ${COUNTABLE_AS_UNREAD} LIMIT ?)`,
      chatId,
      unread,
    )?.n ?? 0;
  return Math.max(left, unread - gone);
}

function forgetAuthors(sql: Sql, chatId: number, gone: readonly MessageRow[]): void {
  for (const sender of new Set(gone.map((row) => row.sender_id)))
    sql.run(
      `DELETE FROM chat_authors WHERE chat_id = ?1 AND person_id = ?2
         AND NOT EXISTS (SELECT 1 FROM messages WHERE chat_id = ?1 AND sender_id = ?2)`,
      chatId,
      sender,
    );
}

interface File extends Omit<PurgedMedia, 'key'> {
  /** As engines tell it: base64. */
  readonly declared: string | null;
}

function filesOf(sql: Sql, rows: readonly MessageRow[]): Map<number, File> {
  const hashes = sql.all<{ pk: number; sha256: string | null }>(
    `SELECT pk, sha256 FROM media WHERE pk IN (SELECT value FROM json_each(?))`,
    JSON.stringify(rows.map((row) => row.pk)),
  );
  const records = messagesByKeys(
    sql,
    hashes.map((row) => row.pk),
  );
  const declared = new Map(hashes.map((row) => [row.pk, row.sha256]));
  return new Map(
    records.map(({ key, chatJid, id, fromMe, sender }) => {
      const hash = declared.get(key) ?? null;
      return [
        key,
        {
          declared: hash,
          sha256: hash === null ? null : Buffer.from(hash, 'base64').toString('hex'),
          message: { chatJid, id, fromMe, sender: sender?.jid ?? null },
        },
      ];
    }),
  );
}

/** Writes down, in the same transaction, which files nobody needs any more: a kill must not leave them behind for good. */
async function keepRemovable(sql: Sql, files: ReadonlyMap<number, File>, slice: Slice): Promise<void> {
  const used = await stillNamed(
    sql,
    [...files.values()].flatMap(({ declared }) => declared ?? []),
    slice,
  );
  for (const [key, { declared, ...file }] of files) {
    if (declared !== null && used.has(declared)) continue;
    sql.run(
      `INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)`,
      REMOVABLE + key,
      JSON.stringify({ key, ...file } satisfies PurgedMedia),
    );
  }
}

async function stillNamed(sql: Sql, hashes: readonly string[], slice: Slice): Promise<ReadonlySet<string>> {
  const asked = new Set(hashes);
  const found = new Set<string>();
  for (let after = -1; asked.size > 0; ) {
    const rows = sql.all<{ pk: number; sha256: string | null }>(
      `SELECT pk, sha256 FROM media WHERE pk > ? ORDER BY pk LIMIT ${MEDIA_AT_A_TIME}`,
      after,
    );
    for (const { sha256 } of rows) if (sha256 !== null && asked.has(sha256)) found.add(sha256);
    const last = rows.at(-1);
    if (last === undefined) break;
    after = last.pk;
    if (slice.due()) await slice.rest();
  }
  return found;
}

function removable(sql: Sql): PurgedMedia[] {
  return sql
    .all<{ value: string }>(
      `SELECT value FROM meta WHERE key > ? AND key < ? LIMIT ${MEDIA_REPORTED_MAX}`,
      REMOVABLE,
      BEHIND_REMOVABLE,
    )
    .map((row) => JSON.parse(row.value) as PurgedMedia);
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
