import { mergeMedia, mergeMessage } from '../merge/message.ts';
import { mergeReaction } from '../merge/reaction.ts';
import { mergeReceipt } from '../merge/receipt.ts';
import type { Counts } from './counts.ts';
import type { Journal } from './journal.ts';
import {
  columnsOf,
  type MediaRow,
  type MessageRow,
  mediaOfRow,
  rowOfMedia,
  stateOfRow,
} from './message-rows.ts';
import type { Row } from './rows.ts';
import type { TextIndex } from './text-index.ts';

export interface MergeTools {
  readonly journal: Journal;
  readonly counts: Counts;
  readonly index: TextIndex;
}

/** Two rows turned out to be one message: the content of both, and everything that hangs on them, goes to `kept`. */
export function mergeMessageRows(tools: MergeTools, kept: MessageRow, gone: MessageRow): void {
  const { journal, counts, index } = tools;
  const { state, past } = mergeMessage(stateOfRow(kept), stateOfRow(gone));
  const after: MessageRow = {
    ...kept,
    ...columnsOf(state),
    engines: kept.engines | gone.engines,
    sender_id: kept.sender_id === 0 ? gone.sender_id : kept.sender_id,
  };
  counts.add(countable(kept), -1);
  counts.add({ ...countable(gone), chatId: kept.chat_id }, -1);
  counts.add(countable(after), 1);
  journal.change('messages', asRow(gone), null);
  journal.change('messages', asRow(kept), asRow(after));
  index.drop(gone.pk);
  if (after.text === null || after.revoked_at !== null) index.drop(after.pk);
  else index.put(after.pk, after.chat_id, after.text, false);
  if (past !== null) addRow(journal, 'revisions', { pk: kept.pk, at: past.at, text: past.text });
  moveChildren(journal, kept.pk, gone.pk);
}

export function countable(row: MessageRow) {
  return {
    chatId: row.chat_id,
    type: row.type,
    engines: row.engines,
    edited: row.edited_at !== null,
    revoked: row.revoked_at !== null,
  };
}

export function asRow(row: MessageRow | MediaRow): Row {
  return row as unknown as Row;
}

function moveChildren(journal: Journal, kept: number, gone: number): void {
  for (const row of journal.rows.where('media', 'pk', gone)) {
    journal.change('media', row, null);
    const known = journal.rows.at('media', { pk: kept });
    const both = mergeMedia(
      known === null ? null : mediaOfRow(known as unknown as MediaRow),
      mediaOfRow(row as unknown as MediaRow),
    );
    if (both !== null) journal.change('media', known, asRow(rowOfMedia(kept, both)));
  }
  for (const table of ['message_observations', 'revisions', 'reactions', 'receipts'] as const) {
    for (const row of journal.rows.where(table, 'pk', gone)) {
      journal.change(table, row, null);
      addRow(journal, table, { ...row, pk: kept });
    }
  }
}

/** Puts a row where one with its key may stand already, and merges the two. */
export function addRow(
  journal: Journal,
  table: 'message_observations' | 'revisions' | 'reactions' | 'receipts',
  row: Row,
): void {
  const known = journal.rows.at(table, row);
  journal.change(table, known, known === null ? row : { ...known, ...mergeChild(table, known, row) });
}

function mergeChild(table: string, known: Row, row: Row): Row {
  if (table === 'reactions') {
    const of = (one: Row) => ({ emoji: String(one.emoji), at: Number(one.at) });
    return { ...mergeReaction(of(known), of(row)) };
  }
  if (table === 'receipts') {
    const of = (one: Row) => ({
      deliveredAt: one.delivered_at as number | null,
      readAt: one.read_at as number | null,
      playedAt: one.played_at as number | null,
    });
    const both = mergeReceipt(of(known), of(row));
    return { delivered_at: both.deliveredAt, read_at: both.readAt, played_at: both.playedAt };
  }
  if (table === 'message_observations') return Number(row.at) < Number(known.at) ? row : known;
  return String(row.text).length > String(known.text).length ? row : known;
}
