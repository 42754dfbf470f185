import type { Journal } from './journal.ts';
import { asRow, countable, type MergeTools } from './merge-messages.ts';
import type { MessageRow } from './message-rows.ts';
import type { Row } from './rows.ts';
import type { Sql } from './sql.ts';

/** What is known of stanzas goes with the person, and with a direct chat that another one takes in. */
export function moveNoMessages(
  journal: Journal,
  { kept, merged }: { readonly kept: number; readonly merged: number },
  chat: { readonly source: number; readonly target: number } | null,
): void {
  const rows =
    chat === null
      ? journal.rows.where('no_messages', 'sender_id', merged)
      : journal.rows.where('no_messages', 'chat_id', chat.source);
  for (const row of rows) {
    const moved: Row = {
      ...row,
      ...(chat === null ? {} : { chat_id: chat.target }),
      ...(row.sender_id === merged ? { sender_id: kept } : {}),
    };
    const known = journal.rows.at('no_messages', moved);
    journal.change('no_messages', row, null);
    if (known === null) journal.change('no_messages', null, moved);
  }
}

/**
 * Placeholders of one identity that the other one has settled: they go as they would have gone, but come back when the merge
 * is undone. Returns the chats that lost some.
 */
export function dropPlaceholders(
  sql: Sql,
  tools: MergeTools,
  where: { readonly chat: number } | { readonly sender: number },
): ReadonlySet<number> {
  const [column, value] = 'chat' in where ? ['chat_id', where.chat] : ['sender_id', where.sender];
  const found = sql.all<MessageRow>(
    `SELECT DISTINCT m.* FROM no_messages n CROSS JOIN messages m
       ON m.chat_id = n.chat_id AND m.stanza_id = n.stanza_id AND m.from_me = n.from_me
       AND (m.sender_id = n.sender_id OR m.sender_id = 0 OR n.sender_id = 0)
     WHERE n.${column} = ? AND n.${column} > 0 AND m.type = 'undecryptable'`,
    Number(value),
  );
  for (const row of found) drop(sql, tools, row);
  return new Set(found.map((row) => row.chat_id));
}

function drop(sql: Sql, { journal, counts, index }: MergeTools, row: MessageRow): void {
  counts.add(countable(row), -1);
  index.drop(row.pk);
  for (const table of ['message_observations', 'media', 'reactions', 'receipts', 'revisions'] as const)
    for (const child of journal.rows.where(table, 'pk', row.pk)) journal.change(table, child, null);
  journal.change('messages', asRow({ ...row, ...placeBefore(sql, journal.mergeId, row.pk) }), null);
  const author = journal.rows.at('chat_authors', { chat_id: row.chat_id, person_id: row.sender_id });
  const wrote = sql.get(
    `SELECT 1 FROM messages WHERE chat_id = ? AND sender_id = ? LIMIT 1`,
    row.chat_id,
    row.sender_id,
  );
  if (author !== null && wrote === null) journal.change('chat_authors', author, null);
}

/** Where this merge took the message from: told with the row, because its key may be given to another message now. */
function placeBefore(sql: Sql, mergeId: number, key: number): Partial<MessageRow> {
  const place = sql.get<{ chat_id: number; sender_id: number }>(
    `SELECT chat_id, sender_id FROM merge_moves WHERE merge_id = ? AND pk = ?`,
    mergeId,
    key,
  );
  if (place === null) return {};
  sql.run(`DELETE FROM merge_moves WHERE merge_id = ? AND pk = ?`, mergeId, key);
  return place;
}
