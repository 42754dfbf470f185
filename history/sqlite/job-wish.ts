import type { JobState, JobWish } from '../contracts/jobs.ts';
import { endWait, followWish, isHeld, requeue } from './job-moves.ts';
import { type JobRow, knownJob } from './job-rows.ts';
import type { Sql } from './sql.ts';

/** From where `run` starts anew; a job that is still under way only has its wish written. */
const RESUMABLE: readonly JobState[] = ['paused', 'interrupted', 'failed', 'cancelled'];

/** Writes the wish for a job and everything below it; true when any of them changed. */
export function wishFor(sql: Sql, id: string, wish: JobWish, nowMs: number): boolean {
  const row = knownJob(sql, id);
  // What is complete needs nothing from its children either.
  if (wish === 'run' && row.state === 'completed') return false;
  let changed = wish === 'run' ? resume(sql, row, nowMs) : stop(sql, row, wish, nowMs);
  const children = sql.all<{ id: string }>(
    `SELECT id FROM jobs WHERE parent_id = ? ORDER BY created_at_ms, id`,
    id,
  );
  for (const child of children) changed = wishFor(sql, child.id, wish, nowMs) || changed;
  return changed;
}

function resume(sql: Sql, row: JobRow, nowMs: number): boolean {
  if (RESUMABLE.includes(row.state)) {
    requeue(sql, row.id, nowMs);
    return true;
  }
  if (row.state !== 'waiting') return writeWish(sql, row, 'run', nowMs);
  endWait(sql, row.id, nowMs);
  return true;
}

function stop(sql: Sql, row: JobRow, wish: 'pause' | 'cancel', nowMs: number): boolean {
  if (row.ended_at_ms !== null) return false;
  const changed = writeWish(sql, row, wish, nowMs);
  // A turn that is under way sees the wish at its next step.
  return (!isHeld(row, nowMs) && followWish(sql, row.id, nowMs)) || changed;
}

function writeWish(sql: Sql, row: JobRow, wish: JobWish, nowMs: number): boolean {
  if (row.wish === wish) return false;
  sql.run(`UPDATE jobs SET wish = ?, updated_at_ms = ? WHERE id = ?`, wish, nowMs, row.id);
  return true;
}
