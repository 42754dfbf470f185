import type { RateStore } from '../contracts/sends.ts';
import type { Store } from './database.ts';

export function createRates(store: Store): RateStore {
  return {
    take: (bucket, limit, windowMs, nowMs) =>
      store.write((sql) => {
        sql.run(`DELETE FROM rate_events WHERE bucket = ? AND at_ms <= ?`, bucket, nowMs - windowMs);
        const held = sql.get<{ n: number; oldest: number | null }>(
          `SELECT COUNT(*) AS n, MIN(at_ms) AS oldest FROM rate_events WHERE bucket = ?`,
          bucket,
        );
        if (held !== null && held.n >= limit)
          return { ok: false, retryAfterMs: Math.max(1, (held.oldest ?? nowMs) + windowMs - nowMs) };
        sql.run(`INSERT INTO rate_events (bucket, at_ms) VALUES (?, ?)`, bucket, nowMs);
        return { ok: true, retryAfterMs: 0 };
      }),
    times: (bucket, windowMs, nowMs) =>
      store.read((sql) =>
        sql
          .all<{ at_ms: number }>(
            `SELECT at_ms FROM rate_events WHERE bucket = ? AND at_ms > ? ORDER BY at_ms`,
            bucket,
            nowMs - windowMs,
          )
          .map((row) => row.at_ms),
      ),
    clear: (bucket) =>
      store.write((sql) => {
        sql.run(`DELETE FROM rate_events WHERE bucket = ?`, bucket);
      }),
  };
}
