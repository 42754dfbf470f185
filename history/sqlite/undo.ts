import { TandemError } from '#kernel/errors.ts';
import { secondsOfKey } from '../time-key.ts';
import { refreshIds } from './links.ts';
import { dropClaimsMadeSince } from './merge-coverage.ts';
import { messageTotals } from './merge-people.ts';
import { createMessageWriter } from './message-writer.ts';
import { createRows, type Row, sameRow, type TableName } from './rows.ts';
import type { Slice } from './slice.ts';
import type { Sql } from './sql.ts';
import type { TextIndex } from './text-index.ts';

export interface MergeRow {
  readonly at: number;
  readonly kept: number;
  readonly merged: number;
  readonly pn: string;
  readonly lid: string;
  readonly undone_at: number | null;
}

/**
 * Takes a merge apart. Rows that changed again since then stay as they are now; everything else becomes what it was. The pair is
 * blocked, so that the next message does not join it again. Returns what was taken apart. Throws VALIDATION_ERROR.
 */
export async function undoMerge(
  sql: Sql,
  index: TextIndex,
  mergeId: number,
  now: number,
  slice: Slice,
): Promise<MergeRow> {
  const head = sql.get<MergeRow>(
    `SELECT at, kept, merged, pn, lid, undone_at FROM merges WHERE id = ?`,
    mergeId,
  );
  if (head === null || head.undone_at !== null)
    throw new TandemError('VALIDATION_ERROR', {
      message: 'There is no such merge, or it was undone already.',
    });
  const later = sql.get(
    `SELECT 1 FROM merges WHERE id > ? AND undone_at IS NULL AND (kept IN (?, ?) OR merged IN (?, ?))`,
    mergeId,
    head.kept,
    head.merged,
    head.kept,
    head.merged,
  );
  if (later !== null)
    throw new TandemError('VALIDATION_ERROR', {
      message: 'A later merge builds on this one.',
      hint: 'Undo the newest merge of this person first.',
    });
  const dropped = dropClaimsMadeSince(sql, mergeId, [head.kept, head.merged]);
  restoreRows(sql, index, mergeId, dropped);
  await restoreMoves(sql, index, mergeId, slice);
  for (const person of [head.kept, head.merged]) {
    refreshIds(sql, person);
    const chat = sql.get<{ id: number }>(`SELECT id FROM chats WHERE person_id = ?`, person);
    if (chat !== null) recount(sql, chat.id);
  }
  for (const { chat_id } of sql.all<{ chat_id: number }>(
    `SELECT DISTINCT chat_id FROM chat_authors WHERE person_id IN (?, ?)`,
    head.kept,
    head.merged,
  ))
    recount(sql, chat_id);
  sql.run(`INSERT OR IGNORE INTO identity_blocks (pn, lid, at) VALUES (?, ?, ?)`, head.pn, head.lid, now);
  sql.run(`UPDATE merges SET undone_at = ? WHERE id = ?`, now, mergeId);
  return head;
}

function restoreRows(sql: Sql, index: TextIndex, mergeId: number, without: ReadonlySet<string>): void {
  const rows = createRows(sql);
  const entries = sql.all<{ tbl: TableName; before: string | null; after: string | null }>(
    `SELECT tbl, before, after FROM merge_rows WHERE merge_id = ? ORDER BY n DESC`,
    mergeId,
  );
  const moved = occupiedKeys(sql, entries);
  for (const entry of entries) {
    if (without.has(entry.tbl)) continue;
    const before = entry.before === null ? null : rekeyed(JSON.parse(entry.before) as Row, moved);
    const after = entry.after === null ? null : (JSON.parse(entry.after) as Row);
    const current = rows.at(entry.tbl, after ?? before ?? {});
    if (entry.tbl === 'aliases' && before !== null) {
      if (current !== null) rows.put('aliases', { ...current, person_id: before.person_id ?? null });
      continue;
    }
    if (entry.tbl === 'chats' && before !== null && current !== null && after !== null) {
      rows.put(
        'chats',
        sameRow(current, after) ? before : { ...current, person_id: before.person_id ?? null },
      );
      continue;
    }
    if (!sameRow(comparable(entry.tbl, current), comparable(entry.tbl, after))) continue;
    if (after !== null) rows.drop(entry.tbl, after);
    if (before !== null) rows.put(entry.tbl, before);
    if (entry.tbl === 'messages' && before !== null) reindex(index, before);
  }
}

/** Keys of merged messages that newer messages have taken since → free ones in the same second. */
function occupiedKeys(
  sql: Sql,
  entries: readonly {
    readonly tbl: TableName;
    readonly before: string | null;
    readonly after: string | null;
  }[],
): Map<number, number> {
  const { nextKey } = createMessageWriter(sql);
  const moved = new Map<number, number>();
  const taken = new Set<number>();
  for (const { tbl, before, after } of entries) {
    if (tbl !== 'messages' || before === null || after !== null) continue;
    const key = Number((JSON.parse(before) as Row).pk);
    if (sql.get(`SELECT 1 FROM messages WHERE pk = ?`, key) === null) continue;
    let free = nextKey(secondsOfKey(key), 'after');
    while (taken.has(free)) free += 1;
    taken.add(free);
    moved.set(key, free);
  }
  return moved;
}

function rekeyed(row: Row, moved: ReadonlyMap<number, number>): Row {
  const key = moved.get(Number(row.pk));
  return key === undefined ? row : { ...row, pk: key };
}

/** A person's shown ids are derived from the aliases and say nothing of later changes. */
function comparable(table: TableName, row: Row | null): Row | null {
  return table === 'people' && row !== null ? { ...row, pn: null, lid: null } : row;
}

async function restoreMoves(sql: Sql, index: TextIndex, mergeId: number, slice: Slice): Promise<void> {
  const moves = sql.all<{ pk: number; chat_id: number; sender_id: number }>(
    `SELECT pk, chat_id, sender_id FROM merge_moves WHERE merge_id = ? ORDER BY pk`,
    mergeId,
  );
  for (const move of moves) {
    sql.run(
      `UPDATE OR IGNORE messages SET chat_id = ?, sender_id = ? WHERE pk = ?`,
      move.chat_id,
      move.sender_id,
      move.pk,
    );
    const row = sql.get<Row>(`SELECT pk, chat_id, text, revoked_at FROM messages WHERE pk = ?`, move.pk);
    if (row !== null) reindex(index, row);
    if (slice.due()) await slice.rest();
  }
}

function reindex(index: TextIndex, row: Row): void {
  const key = Number(row.pk);
  if (row.text === null || row.revoked_at !== null) index.drop(key);
  else index.put(key, Number(row.chat_id), String(row.text), false);
}

/** The derived figures of a chat, from its messages. */
export function recount(sql: Sql, chatId: number): void {
  const { message_count, last_key } = messageTotals(sql, chatId);
  sql.run(`UPDATE chats SET message_count = ?, last_key = ? WHERE id = ?`, message_count, last_key, chatId);
  sql.run(`DELETE FROM message_counts WHERE chat_id = ?`, chatId);
  sql.run(
    `INSERT INTO message_counts
     SELECT chat_id, type, engines, edited_at IS NOT NULL, revoked_at IS NOT NULL, COUNT(*)
     FROM messages WHERE chat_id = ? GROUP BY 1, 2, 3, 4, 5`,
    chatId,
  );
}
