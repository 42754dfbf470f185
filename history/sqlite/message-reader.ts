import type { EngineName } from '#engines/contract/capability.ts';
import { normaliseJid } from '#engines/contract/identity.ts';
import type { MessagePath } from '#engines/contract/message.ts';
import type { MessageRecord, SenderRef } from '../contracts/records.ts';
import { ME } from './identities.ts';
import { type MediaRow, type MessageRow, mediaOfRow, parseExtra } from './message-rows.ts';
import type { Sql } from './sql.ts';

interface JoinedRow extends MessageRow {
  readonly chat_jid: string;
  readonly chat_name: string | null;
  readonly sender_jid: string | null;
  readonly sender_name: string | null;
}

const MESSAGE_SELECT = `SELECT m.*, COALESCE(c.jid, cp.lid, cp.pn, '') AS chat_jid, COALESCE(cp.name, c.name) AS chat_name,
  COALESCE(s.lid, s.pn, '') AS sender_jid, s.name AS sender_name
  FROM messages m LEFT JOIN chats c ON c.id = m.chat_id LEFT JOIN people cp ON cp.id = c.person_id
  LEFT JOIN people s ON s.id = m.sender_id`;

/** In the order of the keys given. */
export function messagesByKeys(sql: Sql, keys: readonly number[]): MessageRecord[] {
  if (keys.length === 0) return [];
  const json = JSON.stringify(keys);
  const rows = sql.all<JoinedRow>(`${MESSAGE_SELECT} WHERE m.pk IN (SELECT value FROM json_each(?))`, json);
  const media = byKey(
    sql.all<MediaRow>(`SELECT * FROM media WHERE pk IN (SELECT value FROM json_each(?))`, json),
  );
  const reactions = byKey(
    sql.all<{ pk: number; person_id: number; emoji: string; at: number; jid: string; name: string | null }>(
      `SELECT r.pk, r.person_id, r.emoji, r.at, COALESCE(p.lid, p.pn, '') AS jid, p.name FROM reactions r
       LEFT JOIN people p ON p.id = r.person_id
       WHERE r.pk IN (SELECT value FROM json_each(?)) AND r.emoji <> '' ORDER BY r.at, r.person_id`,
      json,
    ),
  );
  const sources = byKey(
    sql.all<{ pk: number; engine: EngineName; via: MessagePath; at: number }>(
      `SELECT pk, engine, via, at FROM message_observations WHERE pk IN (SELECT value FROM json_each(?)) ORDER BY at, engine`,
      json,
    ),
  );
  const canonical = canonicalIds(sql, rows);
  const records = new Map(
    rows.map((row) => [
      row.pk,
      recordOf(row, canonical, {
        media: media.get(row.pk)?.[0] ?? null,
        reactions: (reactions.get(row.pk) ?? []).map(({ person_id, emoji, at, jid, name }) => ({
          by: person_id === ME ? null : { personId: person_id, jid, name },
          emoji,
          at,
        })),
        sources: (sources.get(row.pk) ?? []).map(({ engine, via, at }) => ({ engine, via, at })),
      }),
    ]),
  );
  return keys.flatMap((key) => records.get(key) ?? []);
}

interface Parts {
  readonly media: MediaRow | null;
  readonly reactions: MessageRecord['reactions'];
  readonly sources: MessageRecord['sources'];
}

function recordOf(row: JoinedRow, canonical: (jid: string) => string, parts: Parts): MessageRecord {
  const hidden = row.revoked_at !== null;
  const extra = hidden ? null : parseExtra(row.extra);
  const quoted = extra?.quoted ?? null;
  const poll = extra?.poll ?? null;
  return {
    key: row.pk,
    id: row.stanza_id,
    chatId: row.chat_id,
    chatJid: row.chat_jid,
    chatName: row.chat_name,
    fromMe: row.from_me === 1,
    sender: senderOf(row),
    sentAt: row.sent_at,
    type: row.type,
    text: hidden ? null : row.text,
    media: hidden || parts.media === null ? null : mediaOfRow(parts.media),
    quoted:
      quoted === null
        ? null
        : {
            id: quoted.id,
            sender: quoted.sender === null ? null : canonical(quoted.sender),
            text: quoted.text,
          },
    mentions: (extra?.mentions ?? []).map(canonical),
    poll:
      poll === null
        ? null
        : { question: poll.question, options: poll.options, maxSelections: poll.maxSelections },
    reactions: parts.reactions,
    status: row.status,
    editedAt: row.edited_at,
    revokedAt: row.revoked_at === 0 ? row.sent_at : row.revoked_at,
    forwarded: row.forwarded === 1,
    sources: parts.sources,
  };
}

function senderOf(row: JoinedRow): SenderRef | null {
  if (row.from_me === 1 || row.sender_id === 0) return null;
  return { personId: row.sender_id, jid: row.sender_jid ?? '', name: row.sender_name };
}

/** Ids inside messages are stored as the wire had them; shown is the id that the person has now. */
function canonicalIds(sql: Sql, rows: readonly MessageRow[]): (jid: string) => string {
  const wanted = new Set<string>();
  for (const row of rows) {
    const extra = parseExtra(row.extra);
    for (const jid of [extra?.quoted?.sender ?? null, ...(extra?.mentions ?? [])])
      if (jid !== null) wanted.add(normaliseJid(jid) ?? jid);
  }
  if (wanted.size === 0) return (jid) => jid;
  const known = new Map(
    sql
      .all<{ jid: string; canonical: string | null }>(
        `SELECT a.jid, COALESCE(p.lid, p.pn) AS canonical FROM aliases a JOIN people p ON p.id = a.person_id
         WHERE a.jid IN (SELECT value FROM json_each(?))`,
        JSON.stringify([...wanted]),
      )
      .map((row) => [row.jid, row.canonical]),
  );
  return (jid) => known.get(normaliseJid(jid) ?? jid) ?? jid;
}

function byKey<T extends { readonly pk: number }>(rows: readonly T[]): Map<number, T[]> {
  const grouped = new Map<number, T[]>();
  for (const row of rows) {
    const list = grouped.get(row.pk);
    if (list === undefined) grouped.set(row.pk, [row]);
    else list.push(row);
  }
  return grouped;
}
