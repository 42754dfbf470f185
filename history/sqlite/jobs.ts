import type { Clock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import type { JobStore, JobWish, NewJob } from '../contracts/jobs.ts';
import type { Store } from './database.ts';
import { createJobItems } from './job-items.ts';
import { createJobLists } from './job-lists.ts';
import { followWish } from './job-moves.ts';
import { type JobRow, jobOf, jobRow, knownJob } from './job-rows.ts';
import { createJobTurns } from './job-turns.ts';
import { wishFor } from './job-wish.ts';
import type { Sql } from './sql.ts';

export function createJobStore(store: Store, clock: Clock): JobStore {
  return {
    ...createJobTurns(store, clock),
    ...createJobItems(store, clock),
    ...createJobLists(store),
    create: async (job) => {
      const made = await store.write((sql) => {
        const same = joinable(sql, job);
        if (same !== null) return { job: jobOf(same), joined: true };
        insert(sql, job, clock.now());
        return { job: jobOf(knownJob(sql, job.id)), joined: false };
      });
      // Somebody was told that it will be done. A child that is lost is made again by its parent.
      if (!made.joined && job.parentId === undefined) await store.durable();
      return made;
    },
    get: (id) =>
      store.read((sql) => {
        const row = jobRow(sql, id);
        return row === null ? null : jobOf(row);
      }),
    setWish: async (id, wish) => {
      const after = await store.write((sql) => {
        if (jobRow(sql, id) === null) return null;
        const changed = wishFor(sql, id, wish, clock.now());
        return { job: jobOf(knownJob(sql, id)), changed };
      });
      if (after?.changed === true) await store.durable();
      return after;
    },
    setPriority: (id, priority) =>
      store.write((sql) => {
        const changed = sql.run(
          `UPDATE jobs SET priority = ?, updated_at_ms = ? WHERE id = ?`,
          priority,
          clock.now(),
          id,
        );
        if (changed === 0) throw new TandemError('JOB_NOT_FOUND');
      }),
    nextTurn: (id) =>
      store.write((sql) => {
        const row = sql.get<{ turn: number }>(
          `UPDATE jobs SET turn = turn + 1 WHERE id = ? RETURNING turn`,
          id,
        );
        if (row === null) throw new TandemError('JOB_NOT_FOUND');
        return row.turn;
      }),
    sweep: (endedBeforeMs) => store.write((sql) => sweep(sql, endedBeforeMs)),
  };
}

/** One that is about to be cancelled is not joined: whoever asks now wants it done. */
function joinable(sql: Sql, job: NewJob): JobRow | null {
  return sql.get<JobRow>(
    `SELECT * FROM jobs WHERE owner = ? AND kind = ? AND fingerprint = ? AND ended_at_ms IS NULL AND wish <> 'cancel'
     ORDER BY created_at_ms, id LIMIT 1`,
    job.owner,
    job.kind,
    job.fingerprint,
  );
}

function insert(sql: Sql, job: NewJob, nowMs: number): void {
  // A parent may be cancelled or paused while its turn makes children: they are born with its wish.
  const parent = job.parentId === undefined ? null : jobRow(sql, job.parentId);
  const wish: JobWish = parent?.wish ?? 'run';
  sql.run(
    `INSERT INTO jobs (id, kind, owner, fingerprint, args, state, wish, priority, total, parent_id, created_at_ms, updated_at_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, 'queued', ?6, ?7, ?8, ?9, ?10, ?10)`,
    job.id,
    job.kind,
    job.owner,
    job.fingerprint,
    JSON.stringify(job.args),
    wish,
    job.priority ?? 0,
    job.total ?? null,
    job.parentId ?? null,
    nowMs,
  );
  followWish(sql, job.id, nowMs);
}

function sweep(sql: Sql, endedBeforeMs: number): number {
  const gone = sql.all<{ id: string }>(
    `SELECT id FROM jobs AS j WHERE ended_at_ms < ?
       AND NOT EXISTS (SELECT 1 FROM jobs AS child WHERE child.parent_id = j.id AND child.ended_at_ms IS NULL)
       AND NOT EXISTS (SELECT 1 FROM jobs AS parent WHERE parent.id = j.parent_id AND parent.ended_at_ms IS NULL)`,
    endedBeforeMs,
  );
  for (const { id } of gone) {
    sql.run(`DELETE FROM job_items WHERE job_id = ?`, id);
    sql.run(`DELETE FROM jobs WHERE id = ?`, id);
  }
  return gone.length;
}
