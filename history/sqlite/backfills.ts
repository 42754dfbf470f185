import type { EngineName } from '#engines/contract/capability.ts';
import type { Clock } from '#kernel/clock.ts';
import {
  type Backfill,
  type BackfillChange,
  type BackfillState,
  type BackfillStore,
  backfillStates,
  type HistoryTally,
  type StoredPage,
} from '../contracts/backfills.ts';
import { type BackfillRow, backfillOf, ENDED, IN_HAND } from './backfill-rows.ts';
import type { Store } from './database.ts';
import type { Sql } from './sql.ts';

/** Claims and moves are single conditional updates: two processes on one file cannot hold the same chat. */
export function createBackfills(store: Store, clock: Clock): BackfillStore {
  return {
    get: (chatId) =>
      store.read((sql) => {
        const row = sql.get<BackfillRow>(`SELECT * FROM backfills WHERE chat_id = ?`, chatId);
        return row === null ? null : backfillOf(row);
      }),
    begin: (jobId, chatIds) =>
      store.write(async (sql, slice) => {
        for (const chatId of chatIds) {
          begin(sql, jobId, chatId, clock.now());
          if (slice.due()) await slice.rest();
        }
      }),
    claim: (chatId, holder, leaseMs, jobId) =>
      store.write((sql) => {
        const now = clock.now();
        const claimed = sql.run(
          `UPDATE backfills SET state = 'requesting', holder = ?1, lease_until_ms = ?2, updated_at_ms = ?3, job_id = COALESCE(?5, job_id)
           WHERE chat_id = ?4 AND (holder IS NULL OR holder = ?1 OR lease_until_ms <= ?3)`,
          holder,
          now + leaseMs,
          now,
          chatId,
          jobId ?? null,
        );
        return claimed > 0;
      }),
    release: async (chatId, holder) => {
      // Mostly given back with the last move already, and a transaction costs ten times as much as the look.
      if (!(await store.read((sql) => isHeld(sql, chatId, holder)))) return;
      await store.write((sql) => release(sql, chatId, holder, clock.now()));
    },
    move: (chatId, holder, change, thenRelease = false) =>
      store.write((sql) => {
        const moved = move(sql, chatId, holder, change, clock.now());
        if (thenRelease) release(sql, chatId, holder, clock.now());
        return moved;
      }),
    moveAll: (jobId, state, reason) =>
      store.write((sql) =>
        sql.run(
          `UPDATE backfills SET state = ?, reason = ?, holder = NULL, lease_until_ms = NULL, next_attempt_at_ms = NULL,
             updated_at_ms = ? WHERE job_id = ? AND state NOT IN ${ENDED}`,
          state,
          reason,
          clock.now(),
          jobId,
        ),
      ),
    releaseAbandoned: (isGone) => store.write((sql) => releaseAbandoned(sql, isGone, clock.now())),
    page: (engine, requestId) => store.read((sql) => pageOf(sql, engine, requestId)),
    list: (query) => store.read((sql) => list(sql, query)),
    counts: (jobId) => store.read((sql) => counts(sql, jobId ?? null)),
    totals: (jobId, chatId) => store.read((sql) => totals(sql, jobId, chatId ?? null)),
  };
}

const RELEASE = `UPDATE backfills SET holder = NULL, lease_until_ms = NULL,
  state = CASE WHEN state IN ${IN_HAND} THEN 'queued' ELSE state END, updated_at_ms = ?`;

function isHeld(sql: Sql, chatId: number, holder: string): boolean {
  return sql.get(`SELECT 1 FROM backfills WHERE chat_id = ? AND holder = ?`, chatId, holder) !== null;
}

function release(sql: Sql, chatId: number, holder: string, nowMs: number): void {
  sql.run(`${RELEASE} WHERE chat_id = ? AND holder = ?`, nowMs, chatId, holder);
}

function begin(sql: Sql, jobId: string, chatId: number, nowMs: number): void {
  sql.run(
    `INSERT INTO backfills (chat_id, state, job_id, started_at_ms, updated_at_ms) VALUES (?, 'queued', ?, ?, ?)
     ON CONFLICT DO UPDATE SET job_id = excluded.job_id, updated_at_ms = excluded.updated_at_ms,
       state = CASE WHEN state = 'complete' OR state IN ${IN_HAND} THEN state ELSE 'queued' END,
       reason = CASE WHEN state = 'complete' THEN reason END,
       rung = CASE WHEN state IN ${IN_HAND} THEN rung ELSE 0 END, next_attempt_at_ms = NULL`,
    chatId,
    jobId,
    nowMs,
    nowMs,
  );
}

const COLUMNS = {
  state: 'state',
  reason: 'reason',
  rung: 'rung',
  lastAnswer: 'last_answer',
  lastAnswerAtMs: 'last_answer_at_ms',
  lastEngine: 'last_engine',
  nextAttemptAtMs: 'next_attempt_at_ms',
} as const satisfies Record<keyof BackfillChange, string>;

function move(sql: Sql, chatId: number, holder: string, change: BackfillChange, nowMs: number): boolean {
  const fields = (Object.keys(COLUMNS) as (keyof BackfillChange)[]).filter(
    (field) => change[field] !== undefined,
  );
  const moved = sql.run(
    `UPDATE backfills SET ${fields.map((field) => `${COLUMNS[field]} = ?, `).join('')}updated_at_ms = ?
     WHERE chat_id = ? AND holder = ?`,
    ...fields.map((field) => change[field] ?? null),
    nowMs,
    chatId,
    holder,
  );
  return moved > 0;
}

function releaseAbandoned(sql: Sql, isGone: (holder: string) => boolean, nowMs: number): number {
  const held = sql.all<Pick<BackfillRow, 'chat_id' | 'holder' | 'lease_until_ms'>>(
    `SELECT chat_id, holder, lease_until_ms FROM backfills WHERE holder IS NOT NULL OR state IN ${IN_HAND}`,
  );
  const left = held.filter(
    ({ holder, lease_until_ms }) => holder === null || (lease_until_ms ?? 0) <= nowMs || isGone(holder),
  );
  for (const { chat_id } of left) sql.run(`${RELEASE} WHERE chat_id = ?`, nowMs, chat_id);
  return left.length;
}

function pageOf(sql: Sql, engine: EngineName, requestId: string): StoredPage | null {
  return sql.get<StoredPage>(
    `SELECT engine, request_id AS requestId, chat_id AS chatId, messages, added, end_state AS "end"
     FROM history_pages WHERE engine = ? AND request_id = ?`,
    engine,
    requestId,
  );
}

function list(sql: Sql, query: Parameters<BackfillStore['list']>[0]): readonly Backfill[] {
  return sql
    .all<BackfillRow>(
      `SELECT * FROM backfills WHERE (?1 IS NULL OR state IN (SELECT value FROM json_each(?1))) AND (?2 IS NULL OR job_id = ?2)
         AND (?3 IS NULL OR (updated_at_ms, chat_id) > (SELECT updated_at_ms, chat_id FROM backfills WHERE chat_id = ?3))
       ORDER BY updated_at_ms, chat_id LIMIT ?4`,
      query.states === undefined ? null : JSON.stringify(query.states),
      query.jobId ?? null,
      query.after ?? null,
      query.limit,
    )
    .map(backfillOf);
}

function counts(sql: Sql, jobId: string | null): Readonly<Record<BackfillState, number>> {
  const found = sql.all<{ state: BackfillState; n: number }>(
    `SELECT state, COUNT(*) AS n FROM backfills WHERE ?1 IS NULL OR job_id = ?1 GROUP BY state`,
    jobId,
  );
  const of = (state: BackfillState) => found.find((row) => row.state === state)?.n ?? 0;
  return Object.fromEntries(backfillStates.map((state) => [state, of(state)])) as Record<
    BackfillState,
    number
  >;
}

function totals(sql: Sql, jobId: string, chatId: number | null): HistoryTally {
  const none = { pages: 0, fetched: 0, added: 0, deduplicated: 0 };
  return (
    sql.get<HistoryTally>(
      `SELECT COALESCE(SUM(pages), 0) AS pages, COALESCE(SUM(fetched), 0) AS fetched, COALESCE(SUM(added), 0) AS added,
         COALESCE(SUM(deduplicated), 0) AS deduplicated FROM job_items WHERE job_id = ?${chatId === null ? '' : ' AND chat_id = ?'}`,
      jobId,
      ...(chatId === null ? [] : [chatId]),
    ) ?? none
  );
}
