import type { Clock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import { type ItemState, itemStates, type JobStore } from '../contracts/jobs.ts';
import type { Store } from './database.ts';
import { type ItemRow, itemOf, writableJob } from './job-rows.ts';

type Items = Pick<JobStore, 'addItems' | 'items' | 'itemCounts' | 'saveItem' | 'takeItem'>;

export function createJobItems(store: Store, clock: Clock): Items {
  return {
    addItems: (id, fence, items) =>
      store.write((sql) => {
        writableJob(sql, id, fence);
        const last = sql.get<{ n: number | null }>(`SELECT MAX(n) AS n FROM job_items WHERE job_id = ?`, id);
        let n = last?.n ?? 0;
        for (const item of items) {
          n += 1;
          sql.run(
            `INSERT INTO job_items (job_id, n, chat_id, message_key, state, total) VALUES (?, ?, ?, ?, 'queued', ?)`,
            id,
            n,
            item.chatId,
            item.messageKey,
            item.total ?? null,
          );
        }
      }),
    items: (id, query = {}) =>
      store.read((sql) =>
        sql
          .all<ItemRow>(
            `SELECT * FROM job_items WHERE job_id = ?1 AND n > ?2
               AND (?3 IS NULL OR state IN (SELECT value FROM json_each(?3))) ORDER BY n LIMIT ?4`,
            id,
            query.after ?? 0,
            query.states === undefined ? null : JSON.stringify(query.states),
            // SQLite reads a negative limit as none.
            query.limit ?? -1,
          )
          .map(itemOf),
      ),
    itemCounts: (id) =>
      store.read((sql) => {
        const rows = sql.all<{ state: ItemState; n: number }>(
          `SELECT state, COUNT(*) AS n FROM job_items WHERE job_id = ? GROUP BY state`,
          id,
        );
        const known = new Map(rows.map((row) => [row.state, row.n]));
        return Object.fromEntries(itemStates.map((state) => [state, known.get(state) ?? 0])) as Record<
          ItemState,
          number
        >;
      }),
    saveItem: (id, fence, n, change) =>
      store.write((sql) => {
        writableJob(sql, id, fence);
        const row = sql.get<ItemRow>(`SELECT * FROM job_items WHERE job_id = ? AND n = ?`, id, n);
        if (row === null) throw new TandemError('JOB_NOT_FOUND', { details: { item: n } });
        sql.run(
          `UPDATE job_items SET state = ?, reason = ?, done = ?, total = ?, result = ? WHERE job_id = ? AND n = ?`,
          change.state ?? row.state,
          change.reason === undefined ? row.reason : change.reason,
          change.done ?? row.done,
          change.total === undefined ? row.total : change.total,
          change.result === undefined ? row.result : JSON.stringify(change.result),
          id,
          n,
        );
      }),
    takeItem: (id, fence, n, against) =>
      store.write((sql) => {
        writableJob(sql, id, fence);
        const taken = sql.run(
          `UPDATE job_items SET state = 'running' WHERE job_id = ?1 AND n = ?2 AND NOT EXISTS (
             SELECT 1 FROM job_items i JOIN jobs j ON j.id = i.job_id
             WHERE i.chat_id = job_items.chat_id AND i.job_id <> ?1 AND i.state = 'running'
               AND j.kind IN (SELECT value FROM json_each(?3)) AND j.state = 'running' AND j.lease_until_ms > ?4)`,
          id,
          n,
          JSON.stringify(against),
          clock.now(),
        );
        return taken > 0;
      }),
  };
}
