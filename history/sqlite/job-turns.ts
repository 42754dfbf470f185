import type { Clock } from '#kernel/clock.ts';
import { endedStates, type JobChange, type JobRecord, type JobStore, type Json } from '../contracts/jobs.ts';
import type { Store } from './database.ts';
import { cancelItems, followWish, isHeld, moveUnheld } from './job-moves.ts';
import { heldJob, type JobRow, jobOf, knownJob, writableJob } from './job-rows.ts';
import type { Sql } from './sql.ts';

type Turns = Pick<JobStore, 'claim' | 'renew' | 'release' | 'save' | 'interruptAbandoned'>;

/** What a worker does with a job from claim to release. */
export function createJobTurns(store: Store, clock: Clock): Turns {
  return {
    claim: (id, holder, leaseMs) =>
      store.write((sql) => {
        const row = sql.get<JobRow>(
          `UPDATE jobs SET fence = fence + 1, holder = ?1, lease_until_ms = ?2 + ?3, lease_ms = ?3, state = 'running',
             reason = NULL, next_turn_at_ms = NULL, started_at_ms = COALESCE(started_at_ms, ?2), updated_at_ms = ?2
           WHERE id = ?4 AND ended_at_ms IS NULL AND wish = 'run' AND state <> 'paused'
             AND (lease_until_ms IS NULL OR lease_until_ms <= ?2) RETURNING *`,
          holder,
          clock.now(),
          leaseMs,
          id,
        );
        return row === null ? null : jobOf(row);
      }),
    renew: (id, fence, leaseMs) =>
      store.write((sql) => {
        heldJob(sql, id, fence);
        // One that was given back meanwhile stays given back.
        sql.run(
          `UPDATE jobs SET lease_until_ms = ?, lease_ms = ? WHERE id = ? AND holder IS NOT NULL`,
          clock.now() + leaseMs,
          leaseMs,
          id,
        );
      }),
    release: (id, fence) =>
      store.write((sql) => {
        heldJob(sql, id, fence);
        sql.run(`UPDATE jobs SET holder = NULL, lease_until_ms = NULL, lease_ms = NULL WHERE id = ?`, id);
        followWish(sql, id, clock.now());
      }),
    save: (id, fence, change) =>
      store.write((sql) => save(sql, writableJob(sql, id, fence), change, clock.now())),
    interruptAbandoned: (isGone) =>
      store.write((sql) => {
        const nowMs = clock.now();
        return sql
          .all<JobRow>(
            `SELECT * FROM jobs WHERE ended_at_ms IS NULL AND (holder IS NOT NULL OR state = 'running') ORDER BY created_at_ms, id`,
          )
          .filter((row) => !isHeld(row, nowMs) || isGone(row.holder ?? ''))
          .map((row) => {
            moveUnheld(sql, row.id, 'interrupted', nowMs);
            return { id: row.id, stopped: followWish(sql, row.id, nowMs) };
          })
          .filter((one) => !one.stopped)
          .map((one) => one.id);
      }),
  };
}

function save(sql: Sql, row: JobRow, change: JobChange, nowMs: number): JobRecord {
  const state = stateAfter(row, change);
  const ended = endedStates.includes(state);
  const keepsLease = row.holder !== null && (state === 'running' || state === 'waiting');
  const nextTurnAtMs = change.nextTurnAtMs === undefined ? row.next_turn_at_ms : change.nextTurnAtMs;
  sql.run(
    `UPDATE jobs SET state = ?, reason = ?, done = ?, total = ?, facts = ?, result = ?, error = ?, next_turn_at_ms = ?,
       holder = ?, lease_until_ms = ?, lease_ms = ?, updated_at_ms = ?, ended_at_ms = ? WHERE id = ?`,
    state,
    change.reason === undefined ? row.reason : change.reason,
    change.done ?? row.done,
    change.total === undefined ? row.total : change.total,
    json(change.facts, row.facts),
    json(change.result, row.result),
    change.error === null ? null : change.error === undefined ? row.error : JSON.stringify(change.error),
    ended ? null : nextTurnAtMs,
    keepsLease ? row.holder : null,
    keepsLease ? nowMs + (row.lease_ms ?? 0) : null,
    keepsLease ? row.lease_ms : null,
    nowMs,
    ended ? nowMs : null,
    row.id,
  );
  if (state === 'cancelled') cancelItems(sql, row.id);
  if (!keepsLease) followWish(sql, row.id, nowMs);
  return jobOf(knownJob(sql, row.id));
}

/** A halt that the owner has taken back since the turn saw it is none: the job goes on. */
function stateAfter(row: JobRow, { state = row.state }: JobChange): JobRow['state'] {
  const isHalt = state === 'paused' || state === 'cancelled';
  return isHalt && row.wish === 'run' ? 'queued' : state;
}

function json(value: Json | undefined, otherwise: string): string {
  return value === undefined ? otherwise : JSON.stringify(value);
}
