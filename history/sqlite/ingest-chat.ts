import type { ObservationOf } from '#engines/contract/observation.ts';
import { mergePushName, type PersonNames } from '../merge/person.ts';
import { fold } from '../search/fold.ts';
import { firstKeyOf } from '../time-key.ts';
import { blockBackfill } from './backfill-rows.ts';
import type { BatchContext, IngestTools } from './ingest-tools.ts';
import { pairOf } from './links.ts';
import { namesOf } from './merge-people.ts';
import { writeNames } from './push-names.ts';
import { COUNTABLE_AS_UNREAD } from './reads.ts';
import type { Row } from './rows.ts';
import type { Sql } from './sql.ts';

/** What an engine was told of a chat; fields that are absent say nothing. */
export function ingestChat(tools: IngestTools, batch: BatchContext, seen: ObservationOf<'chat'>): void {
  const { sql } = tools;
  const { id } = tools.resolve.chat(seen.chat, seen.chatAlt, 'chat');
  tools.totals.flush();
  const known = sql.get<Row>(`SELECT * FROM chats WHERE id = ?`, id);
  if (known === null) return;
  const name = seen.name === undefined || seen.name.trim() === '' ? null : seen.name;
  const next: Row = {
    ...known,
    ...(name === null ? {} : { name, folded: fold(name) }),
    ...(seen.unread === undefined ? {} : { unread: seen.unread }),
    ...(seen.markedUnread === undefined ? {} : { marked_unread: Number(seen.markedUnread) }),
    ...(seen.archived === undefined ? {} : { archived: Number(seen.archived) }),
    ...(seen.pinnedAt === undefined ? {} : { pinned_at: seen.pinnedAt }),
    ...(seen.mutedUntil === undefined ? {} : { muted_until: seen.mutedUntil }),
    ...(seen.ephemeralSeconds === undefined ? {} : { ephemeral_seconds: seen.ephemeralSeconds }),
    ...(seen.historyEnd === undefined ? {} : { history_end: seen.historyEnd }),
    ...(seen.lastMessageAt === undefined
      ? {}
      : { active_at: Math.max(Number(known.active_at), seen.lastMessageAt) }),
    // Messages are kept: the phone forgot the chat, the history does not.
    ...(seen.deleted === true ? { deleted_at: known.deleted_at ?? tools.now(), unread: 0 } : {}),
  };
  writeChat(sql, known, next);
  if (seen.readAt !== undefined) markReadUpTo(sql, id, seen.readAt);
  if (seen.historyEnd === 'start-reached') tools.edges.startReached(batch.engine, id);
  if (seen.deleted === true) blockBackfill(sql, id, tools.nowMs());
}

export function writeChat(sql: Sql, known: Row, next: Row): void {
  const changed = Object.keys(next).filter((column) => next[column] !== known[column]);
  if (changed.length === 0) return;
  sql.run(
    `UPDATE chats SET ${changed.map((column) => `${column} = ?`).join(', ')} WHERE id = ?`,
    ...changed.map((column) => next[column] ?? null),
    Number(known.id),
  );
}

/** Read up to a time: newer messages of others stay unread. Returns how many became read. */
export function markReadUpTo(sql: Sql, chatId: number, at: number): number {
  const known = sql.get<{ unread: number; read_at: number; marked_unread: number }>(
    `SELECT unread, read_at, marked_unread FROM chats WHERE id = ?`,
    chatId,
  );
  if (known === null || (known.read_at >= at && known.unread === 0)) return 0;
  const newer =
    known.unread === 0
      ? 0
      : (sql.get<{ n: number }>(
          `SELECT COUNT(*) AS n FROM (SELECT 1 FROM messages m WHERE m.chat_id = ? AND m.pk >= ? AND ${COUNTABLE_AS_UNREAD} LIMIT ?)`,
          chatId,
          firstKeyOf(at + 1),
          known.unread,
        )?.n ?? 0);
  const unread = Math.min(known.unread, newer);
  sql.run(
    `UPDATE chats SET unread = ?, read_at = MAX(read_at, ?), marked_unread = 0 WHERE id = ?`,
    unread,
    at,
    chatId,
  );
  return known.unread - unread;
}

export function ingestContact(tools: IngestTools, seen: ObservationOf<'contact'>): void {
  const { sql } = tools;
  const person = tools.resolve.person(seen.jid, seen.alt, 'contact');
  const row = sql.get<Row>(`SELECT * FROM people WHERE id = ?`, person);
  if (row === null) return;
  const known = namesOf(row);
  const named: PersonNames = {
    ...known,
    bookName: told(seen.name) ?? known.bookName,
    businessName: told(seen.businessName) ?? known.businessName,
  };
  // A contact is told as it is now, a message's name as it was then.
  const names = mergePushName(named, seen.pushName, seen.pushName === known.pushName ? 0 : tools.now());
  if (JSON.stringify(names) !== JSON.stringify(known)) writeNames(sql, person, names);
  const about = told(seen.about) ?? (row.about as string | null);
  const blocked = seen.blocked === undefined ? Number(row.blocked) : Number(seen.blocked);
  if (about !== row.about || blocked !== row.blocked)
    sql.run(`UPDATE people SET about = ?, blocked = ? WHERE id = ?`, about, blocked, person);
}

function told(text: string | undefined): string | null {
  return text === undefined || text.trim() === '' ? null : text;
}

export function ingestLink(tools: IngestTools, seen: ObservationOf<'identity-link'>): void {
  const pair = pairOf(seen.pn, seen.lid);
  if (pair !== null) tools.links.link(pair, seen.source, seen.at);
}
