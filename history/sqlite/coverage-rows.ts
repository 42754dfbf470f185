import type { HistoryAnchor } from '#engines/contract/message.ts';
import type { GapReason } from '../contracts/coverage.ts';
import type { Interval } from '../coverage/intervals.ts';
import type { Sql } from './sql.ts';

/** In `meta`: when a damaged store was made anew, seconds. All claims from before are gone. */
export const SALVAGED_AT = 'salvaged_at';

export interface CoverageRow {
  readonly chat_id: number;
  readonly to_at: number;
  readonly from_at: number;
  readonly sources: number;
  readonly bottom: string | null;
  readonly below: GapReason | null;
}

export function intervalOf(row: CoverageRow): Interval {
  return {
    from: row.from_at,
    to: row.to_at,
    sources: row.sources,
    bottom: row.bottom === null ? null : (JSON.parse(row.bottom) as HistoryAnchor),
    below: row.below,
  };
}

export function rowOf(chatId: number, interval: Interval): CoverageRow {
  return {
    chat_id: chatId,
    to_at: interval.to,
    from_at: interval.from,
    sources: interval.sources,
    bottom: interval.bottom === null ? null : JSON.stringify(interval.bottom),
    below: interval.below,
  };
}

/** Oldest first. */
export function intervalsOf(sql: Sql, chatId: number): readonly Interval[] {
  return sql
    .all<CoverageRow>(`SELECT * FROM coverage WHERE chat_id = ? ORDER BY to_at`, chatId)
    .map(intervalOf);
}

/** Replaces what is there by `next`, touching only rows that differ. */
export function writeIntervals(sql: Sql, chatId: number, next: readonly Interval[]): void {
  const rows = new Map(next.map((one) => [one.to, rowOf(chatId, one)]));
  for (const known of sql.all<CoverageRow>(`SELECT * FROM coverage WHERE chat_id = ?`, chatId)) {
    const row = rows.get(known.to_at);
    if (row === undefined)
      sql.run(`DELETE FROM coverage WHERE chat_id = ? AND to_at = ?`, chatId, known.to_at);
    else if (JSON.stringify(row) === JSON.stringify(known)) rows.delete(known.to_at);
  }
  for (const row of rows.values())
    sql.run(
      `INSERT OR REPLACE INTO coverage (chat_id, to_at, from_at, sources, bottom, below) VALUES (?, ?, ?, ?, ?, ?)`,
      row.chat_id,
      row.to_at,
      row.from_at,
      row.sources,
      row.bottom,
      row.below,
    );
}
