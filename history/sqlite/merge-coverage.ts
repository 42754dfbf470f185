import type { BackfillState } from '../contracts/backfills.ts';
import { type Interval, unite } from '../coverage/intervals.ts';
import { type BackfillRow, inHandStates } from './backfill-rows.ts';
import { type CoverageRow, intervalOf, rowOf } from './coverage-rows.ts';
import type { Journal } from './journal.ts';
import type { Row } from './rows.ts';
import type { Sql } from './sql.ts';

/**
 * What is known to be complete, and what is under way, goes with a direct chat that another one takes in. The phone has one chat
 * under both identities, so what was proven of the one holds for both together.
 */
export function mergeCoverage(journal: Journal, source: number, target: number): void {
  const { rows, change } = journal;
  for (const table of ['history_pages', 'job_items'] as const)
    for (const row of rows.where(table, 'chat_id', source)) change(table, row, { ...row, chat_id: target });
  mergeIntervals(journal, source, target);
  for (const row of rows.where('push_edges', 'chat_id', source)) {
    const moved: Row = { ...row, chat_id: target };
    const known = rows.at('push_edges', moved);
    change('push_edges', row, null);
    change('push_edges', known, known === null ? moved : lowerEdge(known, moved));
  }
  for (const row of rows.where('backfills', 'chat_id', source)) {
    const moved: Row = { ...row, chat_id: target };
    const known = rows.at('backfills', moved);
    change('backfills', row, null);
    change('backfills', known, known === null ? released(moved) : mergeBackfills(known, moved));
  }
}

/** All rows are taken and put anew, those that stay as they are too: an undo then sees whether anything changed since. */
function mergeIntervals({ rows, change }: Journal, source: number, target: number): void {
  const gone = [...rows.where('coverage', 'chat_id', target), ...rows.where('coverage', 'chat_id', source)];
  let both: readonly Interval[] = [];
  for (const row of gone) {
    both = unite(both, intervalOf(row as unknown as CoverageRow));
    change('coverage', row, null);
  }
  for (const one of both) change('coverage', null, rowOf(target, one) as unknown as Row);
}

function lowerEdge(a: Row, b: Row): Row {
  if (a.oldest_at === b.oldest_at)
    return { ...a, is_start: Math.max(Number(a.is_start), Number(b.is_start)) };
  return Number(a.oldest_at) < Number(b.oldest_at) ? a : b;
}

/** Whoever asks for a chat that is gone finds that the claim is gone too. */
function released(row: Row): Row {
  const state = inHandStates.includes(row.state as BackfillState) ? 'queued' : row.state;
  return { ...row, state: state ?? 'queued', holder: null, lease_until_ms: null };
}

/** Of two the one that moved last says where the walk stands; what was counted is counted together. */
function mergeBackfills(a: Row, b: Row): Row {
  const last = released(Number(b.updated_at_ms) > Number(a.updated_at_ms) ? b : a);
  const sum = (column: keyof BackfillRow) => Number(a[column]) + Number(b[column]);
  return {
    ...last,
    pages: sum('pages'),
    fetched: sum('fetched'),
    added: sum('added'),
    deduplicated: sum('deduplicated'),
    started_at_ms: Math.min(Number(a.started_at_ms), Number(b.started_at_ms)),
  };
}

/** Tables whose rows only make sense together. */
const CLAIMS = ['coverage', 'push_edges'] as const;

/**
 * Before a merge is undone: claims that were made since cannot be told apart, so then nothing is claimed of either chat.
 * Returns the tables whose rows must not be restored.
 */
export function dropClaimsMadeSince(
  sql: Sql,
  mergeId: number,
  persons: readonly number[],
): ReadonlySet<string> {
  const chats = sql
    .all<{ id: number }>(
      `SELECT id FROM chats WHERE person_id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(persons),
    )
    .map(({ id }) => id);
  const list = JSON.stringify(chats);
  const dropped = CLAIMS.filter((table) => {
    const then = sql.all<{ after: string }>(
      `SELECT after FROM merge_rows WHERE merge_id = ? AND tbl = ? AND after IS NOT NULL`,
      mergeId,
      table,
    );
    const now = sql.all<Row>(
      `SELECT * FROM ${table} WHERE chat_id IN (SELECT value FROM json_each(?))`,
      list,
    );
    return !sameSet(
      then.map(({ after }) => JSON.parse(after) as Row),
      now,
    );
  });
  for (const table of dropped)
    sql.run(`DELETE FROM ${table} WHERE chat_id IN (SELECT value FROM json_each(?))`, list);
  return new Set(dropped);
}

function sameSet(a: readonly Row[], b: readonly Row[]): boolean {
  const text = (row: Row) => JSON.stringify(Object.entries(row).sort(([x], [y]) => (x < y ? -1 : 1)));
  return JSON.stringify(a.map(text).sort()) === JSON.stringify(b.map(text).sort());
}
