import { firstKeyOf, KEYS_PER_SECOND } from '../time-key.ts';
import type { MediaRow, MessageRow } from './message-rows.ts';
import type { Sql } from './sql.ts';

/** The prepared statements of the hot path. */
export interface MessageWriter {
  /** Rows with this stanza id in this chat: usually one or none, more when senders chose the same id. */
  candidates(chatId: number, stanzaId: string): MessageRow[];
  at(key: number): MessageRow | null;
  /** A free key of a second, after or before all messages of that second. */
  nextKey(seconds: number, place: 'after' | 'before'): number;
  /** Messages sent before this second are not kept, see purge.ts; 0 = all are. */
  purgedBefore(): number;
  insert(row: MessageRow): void;
  update(row: MessageRow): void;
  observe(key: number, engine: string, via: string, at: number, page: string | null): void;
  media(key: number): MediaRow | null;
  putMedia(row: MediaRow): void;
}

/** In `meta`. */
export const PURGED_BEFORE = 'purged_before';

/** Messages of one second grow in both directions: live ones upwards, history downwards. */
const MIDDLE_OF_SECOND = KEYS_PER_SECOND / 2;

export function createMessageWriter(sql: Sql): MessageWriter {
  const select = sql.statement<[number, string], MessageRow>(
    `SELECT * FROM messages WHERE chat_id = ? AND stanza_id = ?`,
  );
  const selectKey = sql.statement<[number], MessageRow>(`SELECT * FROM messages WHERE pk = ?`);
  const lastKey = sql.statement<[number, number], { pk: number | null }>(
    `SELECT MAX(pk) AS pk FROM messages WHERE pk >= ? AND pk < ?`,
  );
  const earliestKey = sql.statement<[number, number], { pk: number | null }>(
    `SELECT MIN(pk) AS pk FROM messages WHERE pk >= ? AND pk < ?`,
  );
  const purged = sql.statement<[], { value: string }>(
    `SELECT value FROM meta WHERE key = '${PURGED_BEFORE}'`,
  );
  const insert = sql.db.prepare(
    `INSERT INTO messages (pk, chat_id, stanza_id, from_me, sender_id, sent_at, type, text, status, edited_at, revoked_at,
       forwarded, engines, local_time, extra) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = sql.db.prepare(
    `UPDATE messages SET sender_id = ?, sent_at = ?, type = ?, text = ?, status = ?, edited_at = ?, revoked_at = ?,
       forwarded = ?, engines = ?, local_time = ?, extra = ? WHERE pk = ?`,
  );
  const observe = sql.db.prepare(
    `INSERT INTO message_observations (pk, engine, via, at, page) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const selectMedia = sql.statement<[number], MediaRow>(`SELECT * FROM media WHERE pk = ?`);
  const putMedia = sql.db.prepare(
    `INSERT OR REPLACE INTO media (pk, mime, bytes, filename, seconds, width, height, media_key, direct_path, url, sha256,
       encrypted_sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return {
    candidates: (chatId, stanzaId) => select.all(chatId, stanzaId),
    at: (key) => selectKey.get(key) ?? null,
    nextKey: (seconds, place) => {
      const start = firstKeyOf(seconds);
      if (place === 'before') {
        const earliest = earliestKey.get(start, start + KEYS_PER_SECOND)?.pk ?? null;
        if (earliest === null) return start + MIDDLE_OF_SECOND;
        if (earliest > start) return earliest - 1;
      }
      // A second that is full (some 32,000 messages on a side) borrows from the next one.
      for (let second = seconds; ; second += 1) {
        const first = firstKeyOf(second);
        const last = lastKey.get(first, first + KEYS_PER_SECOND)?.pk ?? null;
        if (last === null) return first + MIDDLE_OF_SECOND;
        if (last + 1 < first + KEYS_PER_SECOND) return last + 1;
      }
    },
    purgedBefore: () => Number(purged.get()?.value ?? 0),
    insert: (r) => {
      insert.run(
        r.pk,
        r.chat_id,
        r.stanza_id,
        r.from_me,
        r.sender_id,
        r.sent_at,
        r.type,
        r.text,
        r.status,
        r.edited_at,
        r.revoked_at,
        r.forwarded,
        r.engines,
        r.local_time,
        r.extra,
      );
    },
    update: (r) => {
      update.run(
        r.sender_id,
        r.sent_at,
        r.type,
        r.text,
        r.status,
        r.edited_at,
        r.revoked_at,
        r.forwarded,
        r.engines,
        r.local_time,
        r.extra,
        r.pk,
      );
    },
    observe: (key, engine, via, at, page) => {
      observe.run(key, engine, via, at, page);
    },
    media: (key) => selectMedia.get(key) ?? null,
    putMedia: (r) => {
      putMedia.run(
        r.pk,
        r.mime,
        r.bytes,
        r.filename,
        r.seconds,
        r.width,
        r.height,
        r.media_key,
        r.direct_path,
        r.url,
        r.sha256,
        r.encrypted_sha256,
      );
    },
  };
}
