import { endedStates, type JobState } from '../contracts/jobs.ts';
import { type JobRow, knownJob } from './job-rows.ts';
import type { Sql } from './sql.ts';

/** Whether somebody works on the job and is expected to look at it again. */
export function isHeld(row: JobRow, nowMs: number): boolean {
  return row.holder !== null && row.lease_until_ms !== null && row.lease_until_ms > nowMs;
}

/** Moves a job that nobody works on. Whoever held it before is fenced off. */
export function moveUnheld(sql: Sql, id: string, state: JobState, nowMs: number): void {
  sql.run(
    `UPDATE jobs SET state = ?, reason = NULL, next_turn_at_ms = NULL, fence = fence + (holder IS NOT NULL),
       holder = NULL, lease_until_ms = NULL, lease_ms = NULL, updated_at_ms = ?, ended_at_ms = ? WHERE id = ?`,
    state,
    nowMs,
    endedStates.includes(state) ? nowMs : null,
    id,
  );
  if (state === 'cancelled') cancelItems(sql, id);
}

/**
 * Does what the owner wanted where no turn is left that would look. Without this a wish that the last turn did not see would
 * leave a job that nobody may claim and nobody ends. True = the state changed.
 */
export function followWish(sql: Sql, id: string, nowMs: number): boolean {
  const row = knownJob(sql, id);
  if (row.ended_at_ms !== null || row.wish === 'run') return false;
  const state = row.wish === 'cancel' ? 'cancelled' : 'paused';
  if (row.state === state) return false;
  moveUnheld(sql, id, state, nowMs);
  return true;
}

/** From the start of the queue again, with all parts that did not succeed; every earlier holder is fenced off. */
export function requeue(sql: Sql, id: string, nowMs: number): void {
  sql.run(
    `UPDATE jobs SET state = 'queued', wish = 'run', reason = NULL, error = NULL, next_turn_at_ms = NULL, fence = fence + 1,
       holder = NULL, lease_until_ms = NULL, lease_ms = NULL, updated_at_ms = ?, ended_at_ms = NULL WHERE id = ?`,
    nowMs,
    id,
  );
  sql.run(
    `UPDATE job_items SET state = 'queued', reason = NULL WHERE job_id = ? AND state IN ('running', 'failed', 'cancelled')`,
    id,
  );
}

/** It need not wait any longer. Its parts stay as they are; the turn that is about to let go of it is fenced off. */
export function endWait(sql: Sql, id: string, nowMs: number): void {
  sql.run(
    `UPDATE jobs SET state = 'queued', wish = 'run', reason = NULL, error = NULL, next_turn_at_ms = NULL,
       fence = fence + (holder IS NOT NULL), holder = NULL, lease_until_ms = NULL, lease_ms = NULL, updated_at_ms = ?
     WHERE id = ?`,
    nowMs,
    id,
  );
}

export function cancelItems(sql: Sql, id: string): void {
  sql.run(`UPDATE job_items SET state = 'cancelled' WHERE job_id = ? AND state IN ('queued', 'running')`, id);
}
