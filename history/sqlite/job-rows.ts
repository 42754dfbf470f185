import { TandemError } from '#kernel/errors.ts';
import type {
  ItemState,
  JobError,
  JobItem,
  JobKind,
  JobRecord,
  JobState,
  JobWish,
  Json,
} from '../contracts/jobs.ts';
import type { Sql } from './sql.ts';

export interface JobRow {
  readonly id: string;
  readonly kind: JobKind;
  readonly owner: string;
  readonly fingerprint: string;
  readonly args: string;
  readonly state: JobState;
  readonly wish: JobWish;
  readonly reason: string | null;
  readonly priority: number;
  readonly done: number;
  readonly total: number | null;
  readonly facts: string;
  readonly result: string;
  readonly error: string | null;
  readonly parent_id: string | null;
  readonly turn: number;
  readonly fence: number;
  readonly holder: string | null;
  readonly lease_until_ms: number | null;
  readonly lease_ms: number | null;
  readonly next_turn_at_ms: number | null;
  readonly created_at_ms: number;
  readonly started_at_ms: number | null;
  readonly updated_at_ms: number;
  readonly ended_at_ms: number | null;
}

export interface ItemRow {
  readonly n: number;
  readonly chat_id: number | null;
  readonly message_key: number | null;
  readonly state: ItemState;
  readonly reason: string | null;
  readonly done: number;
  readonly total: number | null;
  readonly result: string;
  readonly fetched: number;
}

export function jobRow(sql: Sql, id: string): JobRow | null {
  return sql.get<JobRow>(`SELECT * FROM jobs WHERE id = ?`, id);
}

/** Throws JOB_NOT_FOUND. */
export function knownJob(sql: Sql, id: string): JobRow {
  const row = jobRow(sql, id);
  if (row === null) throw new TandemError('JOB_NOT_FOUND');
  return row;
}

/** The row, when this fence is still the newest. Throws JOB_FENCED or JOB_NOT_FOUND. */
export function heldJob(sql: Sql, id: string, fence: number): JobRow {
  const row = knownJob(sql, id);
  if (row.fence !== fence) throw new TandemError('JOB_FENCED');
  return row;
}

/** The same for a write that an ended job takes no more. */
export function writableJob(sql: Sql, id: string, fence: number): JobRow {
  const row = heldJob(sql, id, fence);
  if (row.ended_at_ms !== null) throw new TandemError('JOB_FENCED');
  return row;
}

export function jobOf(row: JobRow): JobRecord {
  return {
    id: row.id,
    kind: row.kind,
    owner: row.owner,
    fingerprint: row.fingerprint,
    args: JSON.parse(row.args) as Json,
    state: row.state,
    wish: row.wish,
    reason: row.reason,
    priority: row.priority,
    done: row.done,
    total: row.total,
    facts: JSON.parse(row.facts) as Json,
    result: JSON.parse(row.result) as Json,
    error: row.error === null ? null : (JSON.parse(row.error) as JobError),
    parentId: row.parent_id,
    turn: row.turn,
    fence: row.fence,
    nextTurnAtMs: row.next_turn_at_ms,
    createdAtMs: row.created_at_ms,
    startedAtMs: row.started_at_ms,
    updatedAtMs: row.updated_at_ms,
    endedAtMs: row.ended_at_ms,
  };
}

export function itemOf(row: ItemRow): JobItem {
  return {
    n: row.n,
    chatId: row.chat_id,
    messageKey: row.message_key,
    state: row.state,
    reason: row.reason,
    // A part that was cut short has no turn that would write it down.
    done: Math.max(row.done, row.fetched),
    total: row.total,
    result: JSON.parse(row.result) as Json,
  };
}
