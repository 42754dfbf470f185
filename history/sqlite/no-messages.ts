import type { IngestTools } from './ingest-tools.ts';
import { removePlaceholder } from './placeholder.ts';
import type { Row } from './rows.ts';
import type { Sql } from './sql.ts';

/** Names a stanza as messages are named. */
export interface StanzaName {
  readonly chatId: number;
  readonly id: string;
  readonly fromMe: boolean;
  /** 0 = the account itself, or not known. */
  readonly sender: number;
}

/** Retries are settled within hours, and an engine that was away for longer than its phone allows is linked anew. */
const KEPT_SECONDS = 30 * 86_400;

/** Remembers that a stanza was no message. False when that was known. */
export function keepNoMessage(sql: Sql, { chatId, id, fromMe, sender }: StanzaName, now: number): boolean {
  const isNew =
    sql.run(
      `INSERT INTO no_messages (chat_id, stanza_id, from_me, sender_id, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      chatId,
      id,
      Number(fromMe),
      sender,
      now,
    ) > 0;
  if (isNew) sql.run(`DELETE FROM no_messages WHERE at < ?`, now - KEPT_SECONDS);
  return isNew;
}

/** Same author, or not known on one of the two sides: as for messages. */
export function isNoMessage(sql: Sql, { chatId, id, fromMe, sender }: StanzaName): boolean {
  return (
    sql.get(
      `SELECT 1 FROM no_messages WHERE chat_id = ?1 AND stanza_id = ?2 AND from_me = ?3
         AND (sender_id = ?4 OR sender_id = 0 OR ?4 = 0)`,
      chatId,
      id,
      Number(fromMe),
      sender,
    ) !== null
  );
}

/** After a person was merged or taken apart: placeholders may stand where it is known that there is no message. */
export function sweepPlaceholders(tools: IngestTools, person: number): void {
  const found = tools.sql.all<{ pk: number }>(
    `WITH known AS (
       SELECT * FROM no_messages WHERE chat_id = (SELECT id FROM chats WHERE person_id = ?1)
       UNION SELECT * FROM no_messages WHERE sender_id = ?1 AND sender_id > 0)
     SELECT DISTINCT m.pk AS pk FROM known n CROSS JOIN messages m
       ON m.chat_id = n.chat_id AND m.stanza_id = n.stanza_id AND m.from_me = n.from_me
       AND (m.sender_id = n.sender_id OR m.sender_id = 0 OR n.sender_id = 0)
     WHERE m.type = 'undecryptable'`,
    person,
  );
  for (const { pk } of found) {
    const row = tools.messages.at(pk);
    if (row !== null) removePlaceholder(tools, row);
  }
}

/** What was learned while two people were one: nobody knows of which of the two, so it is kept for both. */
export function copyNoMessages(sql: Sql, kept: number, merged: number): void {
  const chatOf = (person: number) =>
    sql.get<{ id: number }>(`SELECT id FROM chats WHERE person_id = ?`, person)?.id ?? 0;
  const from = chatOf(kept);
  const to = chatOf(merged);
  for (const row of sql.all<Row>(
    `SELECT * FROM no_messages WHERE (chat_id = ?1 AND ?1 > 0) OR (sender_id = ?2 AND sender_id > 0)`,
    from,
    kept,
  )) {
    const chatId = row.chat_id === from ? to : Number(row.chat_id);
    if (chatId === 0) continue;
    sql.run(
      `INSERT INTO no_messages (chat_id, stanza_id, from_me, sender_id, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      chatId,
      row.stanza_id ?? '',
      row.from_me ?? 0,
      row.sender_id === kept ? merged : (row.sender_id ?? 0),
      row.at ?? 0,
    );
  }
}
