import { formatJid, tryParseJid } from '#engines/contract/identity.ts';
import type { ChatCursor, ChatQuery, ChatStateChange, ChatStore, Page } from '../contracts/history.ts';
import type { ChatRecord } from '../contracts/records.ts';
import { fold } from '../search/fold.ts';
import { chatsByIds } from './chat-reader.ts';
import type { Store } from './database.ts';
import { markReadUpTo, writeChat } from './ingest-chat.ts';
import type { Row } from './rows.ts';
import type { Sql } from './sql.ts';

/** What a list hides by default: see ChatQuery.system. */
export const LISTED = `(c.last_key IS NOT NULL AND c.kind <> 'status')`;

/** Unnamed chats sort by their id. */
const SORT_NAME = `COALESCE(NULLIF(p.folded, ''), NULLIF(c.folded, ''), p.pn, p.lid, c.jid, '')`;
const FROM = `FROM chats c LEFT JOIN people p ON p.id = c.person_id`;

export function createChats(store: Store): ChatStore {
  return {
    list: (query) => store.read((sql) => list(sql, query)),
    get: (id) => store.read((sql) => chatsByIds(sql, [id])[0] ?? null),
    byJid: (jid) =>
      store.read((sql) => {
        const id = chatIdOf(sql, jid);
        return id === null ? null : (chatsByIds(sql, [id])[0] ?? null);
      }),
    ofPerson: (personId, limit, offset) => store.read((sql) => ofPerson(sql, personId, limit, offset)),
    markRead: (id, upTo) => store.write((sql) => markReadUpTo(sql, id, upTo)),
    setState: (id, change) => store.write((sql) => setState(sql, id, change)),
  };
}

function setState(sql: Sql, id: number, { archived, pinnedAt, mutedUntil }: ChatStateChange): void {
  const known = sql.get<Row>(`SELECT * FROM chats WHERE id = ?`, id);
  if (known === null) return;
  writeChat(sql, known, {
    ...known,
    ...(archived === undefined ? {} : { archived: Number(archived) }),
    ...(pinnedAt === undefined ? {} : { pinned_at: pinnedAt }),
    ...(mutedUntil === undefined ? {} : { muted_until: mutedUntil }),
  });
}

export function chatIdOf(sql: Sql, text: string): number | null {
  const jid = tryParseJid(text);
  if (jid === null) return null;
  const row = sql.get<{ id: number | null }>(
    `SELECT COALESCE(a.chat_id, (SELECT c.id FROM chats c WHERE c.person_id = a.person_id)) AS id
     FROM aliases a WHERE a.jid = ?`,
    formatJid(jid),
  );
  return row?.id ?? null;
}

function list(sql: Sql, query: ChatQuery): Page<ChatRecord, ChatCursor> {
  const { where, params } = conditions(query);
  const byName = query.sort === 'name';
  const sort = byName ? SORT_NAME : 'c.active_at';
  const [beyond, direction] = byName ? ['>', 'ASC'] : ['<', 'DESC'];
  const after = query.after;
  const rows = sql.all<{ id: number; sort: number | string }>(
    `SELECT c.id AS id, ${sort} AS sort ${FROM} WHERE ${where} ${after === undefined ? '' : `AND (${sort}, c.id) ${beyond} (?, ?)`}
     ORDER BY sort ${direction}, c.id ${direction} LIMIT ? OFFSET ?`,
    ...params,
    ...(after === undefined ? [] : after),
    query.limit + 1,
    query.offset ?? 0,
  );
  const total = sql.get<{ n: number }>(`SELECT COUNT(*) AS n ${FROM} WHERE ${where}`, ...params)?.n ?? 0;
  const shown = rows.slice(0, query.limit);
  const last = shown.at(-1);
  return {
    items: chatsByIds(
      sql,
      shown.map((row) => row.id),
    ),
    next: rows.length > query.limit && last !== undefined ? [last.sort, last.id] : null,
    total,
  };
}

function conditions(query: ChatQuery): { where: string; params: (string | number)[] } {
  const parts = [query.system === true ? `NOT ${LISTED}` : LISTED];
  const params: (string | number)[] = [];
  const text = fold(query.text?.trim() ?? '');
  if (text !== '') {
    const digits = text.replace(/\D/g, '');
    const needle = /^[+\d\s()-]+$/.test(text) && digits !== '' ? digits : text;
    parts.push(
      `(instr(p.folded, ?) > 0 OR instr(c.folded, ?) > 0 OR instr(COALESCE(p.pn, c.jid), ?) > 0 OR instr(p.lid, ?) > 0)`,
    );
    params.push(text, text, needle, needle);
  }
  if (query.kinds !== undefined) {
    parts.push(`c.kind IN (SELECT value FROM json_each(?))`);
    params.push(JSON.stringify(query.kinds));
  }
  if (query.archived !== undefined) parts.push(`c.archived = ${query.archived ? 1 : 0}`);
  if (query.unreadOnly === true) parts.push(`(c.unread > 0 OR c.marked_unread = 1)`);
  if (query.pinnedOnly === true) parts.push(`c.pinned_at IS NOT NULL`);
  return { where: parts.join(' AND '), params };
}

function ofPerson(sql: Sql, personId: number, limit: number, offset: number): Page<ChatRecord, number> {
  const which = `FROM chats c WHERE c.person_id = ?1
    OR c.id IN (SELECT chat_id FROM chat_authors WHERE person_id = ?1)
    OR c.id IN (SELECT chat_id FROM group_members WHERE person_id = ?1 AND left_at IS NULL)`;
  const ids = sql
    .all<{ id: number }>(
      `SELECT c.id ${which} ORDER BY c.active_at DESC, c.id DESC LIMIT ?2 OFFSET ?3`,
      personId,
      limit,
      offset,
    )
    .map((row) => row.id);
  const total = sql.get<{ n: number }>(`SELECT COUNT(*) AS n ${which}`, personId)?.n ?? 0;
  const next = offset + ids.length;
  return { items: chatsByIds(sql, ids), next: ids.length > 0 && next < total ? next : null, total };
}
