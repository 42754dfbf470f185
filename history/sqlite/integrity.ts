import type { Store } from './database.ts';
import { createSlice } from './slice.ts';

const PROBLEMS_MAX = 100;

/**
 * Table by table, so that a large file does not block everything else for its whole length. Apart from the other readers:
 * unlike a search, FTS5's own check does not ask whether the list of segments in its memory is still that of the file, and
 * reports segments that have been merged since as corrupt.
 */
export function checkIntegrity(store: Store): Promise<readonly string[]> {
  return store.readApart(async (sql) => {
    const slice = createSlice();
    const problems: string[] = [];
    const tables = sql.all<{ name: string }>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name`,
    );
    for (const { name } of tables) {
      const rows = sql.db.pragma(`integrity_check("${name}")`) as { integrity_check: string }[];
      problems.push(...rows.map((row) => row.integrity_check).filter((line) => line !== 'ok'));
      if (slice.due()) await slice.rest();
    }
    return [...new Set(problems)].slice(0, PROBLEMS_MAX);
  });
}
