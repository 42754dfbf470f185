import { createRows, type Row, type Rows, sameRow, type TableName } from './rows.ts';
import type { Sql } from './sql.ts';

/** Changes rows on behalf of one merge and writes down how they were, so that the merge can be taken apart. */
export interface Journal {
  readonly mergeId: number;
  readonly rows: Rows;
  /** Replaces `before` by `after`, at the same key or another. Null = not there. */
  change(table: TableName, before: Row | null, after: Row | null): void;
  /** A message that keeps everything but its chat or its sender. */
  move(key: number, from: { readonly chatId: number; readonly senderId: number }, to: typeof from): void;
}

export interface MergeHead {
  readonly at: number;
  readonly kept: number;
  readonly merged: number;
  readonly source: string;
  readonly pn: string;
  readonly lid: string;
}

export function createJournal(sql: Sql, head: MergeHead): Journal {
  const rows = createRows(sql);
  const mergeId = Number(
    sql
      .statement<[number, number, number, string, string, string]>(
        `INSERT INTO merges (at, kept, merged, source, pn, lid) VALUES (?, ?, ?, ?, ?, ?)`,
      )
      .run(head.at, head.kept, head.merged, head.source, head.pn, head.lid).lastInsertRowid,
  );
  let n = 0;
  const write = sql.statement<[number, number, string, string | null, string | null]>(
    `INSERT INTO merge_rows (merge_id, n, tbl, before, after) VALUES (?, ?, ?, ?, ?)`,
  );
  const json = (row: Row | null) => (row === null ? null : JSON.stringify(row));
  return {
    mergeId,
    rows,
    change: (table, before, after) => {
      if (sameRow(before, after)) return;
      n += 1;
      write.run(mergeId, n, table, json(before), json(after));
      if (before !== null) rows.drop(table, before);
      if (after !== null) rows.put(table, after);
    },
    move: (key, from, to) => {
      sql.run(
        `INSERT OR IGNORE INTO merge_moves (merge_id, pk, chat_id, sender_id) VALUES (?, ?, ?, ?)`,
        mergeId,
        key,
        from.chatId,
        from.senderId,
      );
      sql.run(`UPDATE messages SET chat_id = ?, sender_id = ? WHERE pk = ?`, to.chatId, to.senderId, key);
    },
  };
}
