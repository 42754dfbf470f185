import { type JobQuery, type JobRecord, type JobState, type JobStore, jobStates } from '../contracts/jobs.ts';
import type { Store } from './database.ts';
import { type JobRow, jobOf } from './job-rows.ts';
import type { Sql } from './sql.ts';

type Lists = Pick<JobStore, 'list' | 'counts' | 'unfinished'>;

interface UnfinishedRow {
  readonly id: string;
  readonly kind: JobRow['kind'];
  readonly state: JobState;
  readonly turn: number;
  readonly priority: number;
  readonly next_turn_at_ms: number | null;
  readonly parent_id: string | null;
}

export function createJobLists(store: Store): Lists {
  return {
    list: (query) => store.read((sql) => list(sql, query)),
    counts: () =>
      store.read((sql) => {
        const rows = sql.all<{ state: JobState; n: number }>(
          `SELECT state, COUNT(*) AS n FROM jobs GROUP BY state`,
        );
        const known = new Map(rows.map((row) => [row.state, row.n]));
        return Object.fromEntries(jobStates.map((state) => [state, known.get(state) ?? 0])) as Record<
          JobState,
          number
        >;
      }),
    unfinished: () =>
      store.read((sql) =>
        sql
          .all<UnfinishedRow>(
            `SELECT id, kind, state, turn, priority, next_turn_at_ms, parent_id FROM jobs
             WHERE ended_at_ms IS NULL AND state <> 'paused' ORDER BY priority DESC, created_at_ms, id`,
          )
          .map((row) => ({
            id: row.id,
            kind: row.kind,
            state: row.state,
            turn: row.turn,
            priority: row.priority,
            nextTurnAtMs: row.next_turn_at_ms,
            parentId: row.parent_id,
          })),
      ),
  };
}

function list(sql: Sql, query: JobQuery): readonly JobRecord[] {
  const conditions: string[] = ['1'];
  const params: (string | number)[] = [];
  const where = (condition: string, ...values: (string | number)[]) => {
    conditions.push(condition);
    params.push(...values);
  };
  if (query.owner !== undefined) where('owner = ?', query.owner);
  if (query.states !== undefined)
    where('state IN (SELECT value FROM json_each(?))', JSON.stringify(query.states));
  if (query.kinds !== undefined)
    where('kind IN (SELECT value FROM json_each(?))', JSON.stringify(query.kinds));
  if (query.parentId !== undefined) where('parent_id = ?', query.parentId);
  if (query.after !== undefined)
    where('(created_at_ms, id) < (?, ?)', query.after.createdAtMs, query.after.id);
  return sql
    .all<JobRow>(
      `SELECT * FROM jobs WHERE ${conditions.join(' AND ')} ORDER BY created_at_ms DESC, id DESC LIMIT ?`,
      ...params,
      query.limit,
    )
    .map(jobOf);
}
