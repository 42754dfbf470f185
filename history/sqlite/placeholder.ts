import type { IngestTools } from './ingest-tools.ts';
import { countable } from './merge-messages.ts';
import { messageTotals } from './merge-people.ts';
import type { MessageRow } from './message-rows.ts';
import { isReadEarly } from './reads.ts';

/** Takes away the row of a message that never was one, and everything derived from it. */
export function removePlaceholder(tools: IngestTools, row: MessageRow): void {
  const { sql } = tools;
  // The chat's row has to be as the messages are before it is corrected.
  tools.totals.flush();
  const wasUnread = countedAsUnread(tools, row);
  sql.run(`DELETE FROM messages WHERE pk = ?`, row.pk);
  for (const table of ['message_observations', 'media', 'reactions', 'receipts', 'revisions'])
    sql.run(`DELETE FROM ${table} WHERE pk = ?`, row.pk);
  // The key may be given to another message, which an undone merge must not move.
  sql.run(`DELETE FROM merge_moves WHERE merge_id IN (SELECT id FROM merges) AND pk = ?`, row.pk);
  tools.counts.add(countable(row), -1);
  tools.index.drop(row.pk);
  const { message_count, last_key } = messageTotals(sql, row.chat_id);
  sql.run(
    `UPDATE chats SET message_count = ?, last_key = ?, unread = MAX(0, unread - ?) WHERE id = ?`,
    message_count,
    last_key,
    Number(wasUnread),
    row.chat_id,
  );
  sql.run(
    `DELETE FROM chat_authors WHERE chat_id = ?1 AND person_id = ?2
       AND NOT EXISTS (SELECT 1 FROM messages WHERE chat_id = ?1 AND sender_id = ?2)`,
    row.chat_id,
    row.sender_id,
  );
}

/** As it was decided when the row was stored, and unless it or the chat was read since. */
function countedAsUnread({ sql }: IngestTools, row: MessageRow): boolean {
  if (row.from_me === 1) return false;
  const first = sql.get<{ via: string }>(
    `SELECT via FROM message_observations WHERE pk = ? ORDER BY at LIMIT 1`,
    row.pk,
  );
  if (first?.via !== 'live' && first?.via !== 'offline') return false;
  if (isReadEarly(sql, row.pk)) return false;
  const chat = sql.get<{ at: number }>(`SELECT read_at AS at FROM chats WHERE id = ?`, row.chat_id);
  return row.sent_at > (chat?.at ?? 0);
}
