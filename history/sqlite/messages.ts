import type { MessagePage, MessageQuery, MessageStore } from '../contracts/history.ts';
import type { MessageRecord } from '../contracts/records.ts';
import type { Store } from './database.ts';
import { conditionsOf } from './message-filter.ts';
import { messagesByKeys } from './message-reader.ts';
import { unreadKeys } from './reads.ts';
import { createSlice } from './slice.ts';
import type { Sql } from './sql.ts';

/** Ids read at a time when all are streamed: a few milliseconds. */
const STREAM_CHUNK = 2_000;

export function createMessages(store: Store): MessageStore {
  return {
    list: (query) => store.read((sql) => list(sql, query)),
    get: (key) => store.read((sql) => messagesByKeys(sql, [key])[0] ?? null),
    byId: (id, chatId) => store.read((sql) => byId(sql, id, chatId)),
    context: (key, before, after) => store.read((sql) => context(sql, key, before, after)),
    unread: (chatId, limit) => store.read((sql) => messagesByKeys(sql, unreadKeys(sql, chatId, limit))),
    revisions: (key) => store.read((sql) => revisions(sql, key)),
    everyId: () => everyId(store),
  };
}

export function keysOf(sql: Sql, query: MessageQuery): number[] {
  const { parts, params } = conditionsOf(query);
  const newest = query.order === 'newest';
  const all = query.after === undefined ? parts : [...parts, `m.pk ${newest ? '<' : '>'} ?`];
  return sql
    .all<{ pk: number }>(
      `SELECT m.pk FROM messages m ${all.length === 0 ? '' : `WHERE ${all.join(' AND ')}`}
       ORDER BY m.pk ${newest ? 'DESC' : 'ASC'} LIMIT ? OFFSET ?`,
      ...params,
      ...(query.after === undefined ? [] : [query.after]),
      query.limit + 1,
      query.offset ?? 0,
    )
    .map((row) => row.pk);
}

function list(sql: Sql, query: MessageQuery): MessagePage {
  const keys = keysOf(sql, query);
  const shown = keys.slice(0, query.limit);
  return {
    items: messagesByKeys(sql, shown),
    next: keys.length > query.limit ? (shown.at(-1) ?? null) : null,
    total: query.withTotal === true ? countOf(sql, query) : null,
  };
}

function countOf(sql: Sql, query: MessageQuery): number {
  const { parts, params } = conditionsOf(query);
  const onlyChat = parts.length === 1 && query.chatId !== undefined;
  const text =
    parts.length === 0
      ? `SELECT COALESCE(SUM(messages), 0) AS n FROM message_totals`
      : onlyChat
        ? `SELECT COALESCE(SUM(m.messages), 0) AS n FROM message_counts m WHERE ${parts.join('')}`
        : `SELECT COUNT(*) AS n FROM messages m WHERE ${parts.join(' AND ')}`;
  return sql.get<{ n: number }>(text, ...params)?.n ?? 0;
}

/** Without a chat, one look into each chat: ids need no index of their own. */
function byId(sql: Sql, id: string, chatId?: number): MessageRecord[] {
  const rows =
    chatId === undefined
      ? sql.all<{ pk: number }>(
          `SELECT m.pk FROM chats c CROSS JOIN messages m ON m.chat_id = c.id AND m.stanza_id = ? ORDER BY m.pk`,
          id,
        )
      : sql.all<{ pk: number }>(
          `SELECT pk FROM messages WHERE chat_id = ? AND stanza_id = ? ORDER BY pk`,
          chatId,
          id,
        );
  return messagesByKeys(
    sql,
    rows.map((row) => row.pk),
  );
}

function context(sql: Sql, key: number, before: number, after: number) {
  const side = (order: 'newest' | 'oldest', limit: number): number[] => {
    const chat = sql.get<{ chat_id: number }>(`SELECT chat_id FROM messages WHERE pk = ?`, key);
    if (chat === null || limit === 0) return [];
    return keysOf(sql, { chatId: chat.chat_id, order, limit, after: key }).slice(0, limit);
  };
  return {
    before: messagesByKeys(sql, side('newest', before).reverse()),
    after: messagesByKeys(sql, side('oldest', after)),
  };
}

function revisions(sql: Sql, key: number) {
  const message = sql.get<{ text: string | null; sent_at: number; revoked_at: number | null }>(
    `SELECT text, sent_at, revoked_at FROM messages WHERE pk = ?`,
    key,
  );
  if (message === null) return [];
  const rows = sql.all<{ at: number; text: string }>(
    `SELECT at, text FROM revisions WHERE pk = ? ORDER BY at`,
    key,
  );
  return rows
    .filter((row, i) => row.text !== (rows[i + 1]?.text ?? message.text))
    .map((row) => ({
      text: message.revoked_at === null ? row.text : null,
      at: row.at === 0 ? message.sent_at : row.at,
    }));
}

async function* everyId(store: Store) {
  const slice = createSlice();
  let after = -1;
  for (;;) {
    const rows = await store.read((sql) =>
      sql.all<{ pk: number; chatJid: string; id: string; from_me: number; sender: string | null }>(
        `SELECT m.pk, COALESCE(c.jid, cp.lid, cp.pn, '') AS chatJid, m.stanza_id AS id, m.from_me,
           COALESCE(s.lid, s.pn) AS sender
         FROM messages m LEFT JOIN chats c ON c.id = m.chat_id LEFT JOIN people cp ON cp.id = c.person_id
         LEFT JOIN people s ON s.id = m.sender_id WHERE m.pk > ? ORDER BY m.pk LIMIT ?`,
        after,
        STREAM_CHUNK,
      ),
    );
    for (const { chatJid, id, from_me, sender } of rows) yield { chatJid, id, fromMe: from_me === 1, sender };
    const last = rows.at(-1);
    if (last === undefined || rows.length < STREAM_CHUNK) return;
    after = last.pk;
    if (slice.due()) await slice.rest();
  }
}
