import type Database from 'better-sqlite3';
import type { Value } from './salvage-gaps.ts';
import { type KeySource, keySources } from './salvage-keys.ts';
import { createSoundness } from './salvage-sound.ts';
import {
  type Column,
  createTableReader,
  type DamagedTable,
  type Row,
  type Verdict,
} from './salvage-table.ts';
import type { Slice } from './slice.ts';

export interface TableCopy {
  readonly table: string;
  copied: number;
  /** Rows that could be read and were left out: garbage, or part of something that is lost. */
  dropped: number;
  /** Rows that were counted before and are not there any more, whether dropped or not readable; null = nobody knows. */
  lost: number | null;
}

/** Tables of the new file that are copied, messages before what hangs on them. */
export function tablesToCopy(fresh: Database.Database, skip: (table: string) => boolean): string[] {
  return fresh
    .prepare<[], string>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite_%'
         AND name NOT LIKE 'messages_fts%' AND name <> 'schema_migrations'
       ORDER BY name <> 'messages', name`,
    )
    .pluck()
    .all()
    .filter((table) => !skip(table));
}

export async function copyTable(
  damaged: Database.Database,
  fresh: Database.Database,
  name: string,
  slice: Slice,
  onRows: (copied: number) => void,
): Promise<TableCopy> {
  // The migrations put a few rows there.
  fresh.exec(`DELETE FROM "${name}"`);
  const table = outlineOf(damaged, fresh, name);
  if (table === null) return { table: name, copied: 0, dropped: 0, lost: null };
  const put = createPut(fresh, table);
  const isSound = createSoundness(damaged, table);
  // By its key: what is garbage from one side is so from the other too.
  const garbage = new Set<string>();
  let copied = 0;
  const take = (row: Row): Verdict => {
    const verdict = isSound(row) ? put.put(row) : 'garbage';
    if (verdict === 'kept') copied += 1;
    if (verdict === 'garbage') garbage.add(JSON.stringify(table.key.map((column) => row[column.name])));
    return verdict;
  };
  const sources = keySources(damaged, fresh, table);
  const reader = createTableReader({ db: damaged, table, take, sources, isThere: put.isThere });
  fresh.exec('BEGIN');
  for (const _turn of reader.read()) {
    fresh.exec('COMMIT');
    onRows(copied);
    if (slice.due()) await slice.rest();
    fresh.exec('BEGIN');
  }
  fresh.exec('COMMIT');
  onRows(copied);
  const expected = expectedRows(damaged, name, sources);
  const unknown = reader.damaged() ? null : 0;
  return {
    table: name,
    copied,
    dropped: garbage.size,
    // A count below what is there is damaged itself.
    lost: expected === null || expected < copied ? unknown : expected - copied,
  };
}

/** As the indexes tell, or what the service counted itself. */
function expectedRows(
  damaged: Database.Database,
  table: string,
  sources: readonly KeySource[],
): number | null {
  const counts = sources.flatMap((source) => source.count() ?? []);
  if (counts.length > 0) return Math.max(...counts);
  if (table !== 'messages') return null;
  try {
    const total = damaged.prepare(`SELECT SUM(messages) FROM message_totals`).pluck().get();
    return Number.isSafeInteger(total) ? Number(total) : null;
  } catch {
    return null;
  }
}

function createPut(
  fresh: Database.Database,
  { name, columns, key }: DamagedTable,
): { put(row: Row): Verdict; isThere(key: readonly Value[]): boolean } {
  const names = columns.map((column) => column.name);
  const insert = fresh.prepare<Value[]>(
    `INSERT OR IGNORE INTO "${name}" (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
  );
  const find = fresh.prepare<Value[]>(
    `SELECT 1 FROM "${name}" WHERE ${key.map((column) => `${column.name} = ?`).join(' AND ')}`,
  );
  const isThere = (values: readonly Value[]) => find.get(...values) !== undefined;
  return {
    isThere,
    put: (row) => {
      try {
        if (insert.run(...names.map((column) => row[column] ?? null)).changes > 0) return 'kept';
      } catch (thrown) {
        // Of the wrong type, or outside of a CHECK.
        if (!String((thrown as { code?: unknown }).code).startsWith('SQLITE_CONSTRAINT')) throw thrown;
        return 'garbage';
      }
      // Ignored: read before, or another row has what may be there only once.
      return isThere(key.map((column) => row[column.name] ?? null)) ? 'there' : 'garbage';
    },
  };
}

/** Null = the damaged file does not know the table any more. */
function outlineOf(damaged: Database.Database, fresh: Database.Database, name: string): DamagedTable | null {
  const columnsOf = (db: Database.Database) => db.pragma(`table_info("${name}")`) as Column[];
  let there: Set<string>;
  try {
    there = new Set(columnsOf(damaged).map((column) => column.name));
  } catch {
    return null;
  }
  const columns = columnsOf(fresh).filter((column) => there.has(column.name));
  const key = columns.filter((column) => column.pk > 0).sort((a, b) => a.pk - b.pk);
  return key.length === 0 ? null : { name, columns, key };
}
