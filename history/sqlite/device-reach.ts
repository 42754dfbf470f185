import type { EngineName } from '#engines/contract/capability.ts';
import type { Sql } from './sql.ts';

/**
 * Up to when the device of an engine has certainly got everything; what came later it has got too, or the server still keeps
 * it. Remembered as a span of no length, which claims nothing.
 */
export function reachOf(sql: Sql, engine: EngineName): number | null {
  return sql.get<{ at: number }>(`SELECT to_at AS at FROM live_spans WHERE ${MARK}`, engine)?.at ?? null;
}

export function setReach(sql: Sql, engine: EngineName, at: number): void {
  forgetReach(sql, engine);
  sql.run(`INSERT INTO live_spans (engine, from_at, to_at) VALUES (?, ?, ?)`, engine, at, at);
}

export function forgetReach(sql: Sql, engine: EngineName): void {
  sql.run(`DELETE FROM live_spans WHERE ${MARK}`, engine);
}

const MARK = `engine = ? AND to_at = from_at AND behind = 0`;
