import { firstKeyOf } from '../time-key.ts';
import type { Slice } from './slice.ts';
import type { Sql } from './sql.ts';

const ROWS_AT_A_TIME = 500;
/** Tables whose rows in the journal of merges are messages or parts of them, with their texts. */
const JOURNALLED = `('messages', 'media', 'message_observations', 'reactions', 'receipts', 'revisions')`;

/**
 * What old messages left beside the rows that hang on them. Only the last step of a purge looks: these tables have no index
 * for it. A merge that is undone later brings back what its journal still holds.
 */
export async function pruneTraces(sql: Sql, before: number, slice: Slice): Promise<void> {
  await pruneJournal(sql, before, slice);
  await prunePending(sql, before, slice);
  // Stored by then, so sent by then.
  sql.run(`DELETE FROM quarantine WHERE at < ?`, before);
}

async function pruneJournal(sql: Sql, before: number, slice: Slice): Promise<void> {
  const bound = firstKeyOf(before);
  for (const { id } of sql.all<{ id: number }>(`SELECT id FROM merges ORDER BY id`)) {
    sql.run(`DELETE FROM merge_moves WHERE merge_id = ? AND pk < ?`, id, bound);
    for (let after = 0; ; ) {
      const rows = sql.all<{ n: number; old: number }>(
        `SELECT n, CASE
           WHEN tbl IN ${JOURNALLED} THEN json_extract(COALESCE(before, after), '$.pk') < ?
           WHEN tbl = 'pending' THEN json_extract(json_extract(COALESCE(before, after), '$.json'), '$.at') < ?
           ELSE 0 END AS old
         FROM merge_rows WHERE merge_id = ? AND n > ? ORDER BY n LIMIT ${ROWS_AT_A_TIME}`,
        bound,
        before,
        id,
        after,
      );
      for (const { n, old } of rows)
        if (old === 1) sql.run(`DELETE FROM merge_rows WHERE merge_id = ? AND n = ?`, id, n);
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.n;
      if (slice.due()) await slice.rest();
    }
    if (slice.due()) await slice.rest();
  }
}

/** A change that is older than the purge is one of a message that is older still. */
async function prunePending(sql: Sql, before: number, slice: Slice): Promise<void> {
  for (let after = 0; ; ) {
    const rows = sql.all<{ id: number; old: number }>(
      `SELECT id, json_extract(json, '$.at') < ? AS old FROM pending WHERE id > ? ORDER BY id LIMIT ${ROWS_AT_A_TIME}`,
      before,
      after,
    );
    for (const { id, old } of rows) if (old === 1) sql.run(`DELETE FROM pending WHERE id = ?`, id);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
    if (slice.due()) await slice.rest();
  }
}
