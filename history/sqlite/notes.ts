import type { MaintenanceStore } from '../contracts/maintenance.ts';
import type { Store } from './database.ts';
import type { Sql } from './sql.ts';

interface Size {
  readonly n: number;
  readonly bytes: number;
}

/** Notes of work that is done: pages of history, and observations that could not be read. */
export function createNotes(store: Store): Pick<MaintenanceStore, 'clearNotes' | 'quarantinedBefore'> {
  return {
    clearNotes: (before, which) =>
      store.write((sql) => {
        const aside = which.quarantined ? asideBefore(sql, before) : { n: 0, bytes: 0 };
        if (which.quarantined) sql.run(`DELETE FROM quarantine WHERE at < ?`, before);
        const pages = sql.run(`DELETE FROM history_pages WHERE at < ?`, before);
        return { pages, quarantined: aside.n, bytes: aside.bytes };
      }),
    quarantinedBefore: (before) => store.read((sql) => asideBefore(sql, before).n),
  };
}

function asideBefore(sql: Sql, before: number): Size {
  const text = `SELECT COUNT(*) AS n, COALESCE(SUM(LENGTH(json)), 0) AS bytes FROM quarantine WHERE at < ?`;
  return sql.get<Size>(text, before) ?? { n: 0, bytes: 0 };
}
