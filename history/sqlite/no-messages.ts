import type { IngestTools } from './ingest-tools.ts';
import type { MessageRow } from './message-rows.ts';
import { removePlaceholder } from './placeholder.ts';
import type { Row } from './rows.ts';
import { sameMessage } from './same-message.ts';
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

/** Remembers that a stanza was no message. Returns the placeholder that stood for it and has been taken away. */
export function keepNoMessage(tools: IngestTools, name: StanzaName): MessageRow | null {
  const { sql } = tools;
  const { chatId, id, fromMe, sender } = name;
  const now = tools.now();
  const isNew =
    sql.run(
      `INSERT INTO no_messages (chat_id, stanza_id, from_me, sender_id, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      chatId,
      id,
      Number(fromMe),
      sender,
      now,
    ) > 0;
  if (!isNew) return null;
  sql.run(`DELETE FROM no_messages WHERE at < ?`, now - KEPT_SECONDS);
  const vague = tools.messages.candidates(chatId, id).filter((row) => row.type === 'undecryptable');
  const placeholder = sameMessage(vague, fromMe, sender);
  if (placeholder !== null) removePlaceholder(tools, placeholder);
  return placeholder;
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

/** What was learned while two people were one: nobody knows of which of the two, so it is kept for both. */
export function copyNoMessages(
  tools: IngestTools,
  { kept, merged, at }: { readonly kept: number; readonly merged: number; readonly at: number },
): void {
  const { sql } = tools;
  const chatOf = (person: number) =>
    sql.get<{ id: number }>(`SELECT id FROM chats WHERE person_id = ?`, person)?.id ?? 0;
  const from = chatOf(kept);
  const to = chatOf(merged);
  for (const row of sql.all<Row>(
    `SELECT * FROM no_messages WHERE at > ?1 AND ((chat_id = ?2 AND ?2 > 0) OR sender_id = ?3)`,
    at,
    from,
    kept,
  )) {
    const chatId = row.chat_id === from ? to : Number(row.chat_id);
    if (chatId === 0) continue;
    const sender = row.sender_id === kept ? merged : Number(row.sender_id);
    keepNoMessage(tools, { chatId, id: String(row.stanza_id), fromMe: row.from_me === 1, sender });
  }
}
