import type Database from 'better-sqlite3';
import { createTableReader, type DamagedTable } from './salvage-table.ts';
import type { Slice } from './slice.ts';

export interface TableCopy {
  readonly table: string;
  copied: number;
  /** Rows that are known to be gone; null = some may be, and nobody knows how many. */
  lost: number | null;
}

/** Tables that hang on messages by their first column. */
export const MESSAGE_PARTS = ['media', 'message_observations', 'reactions', 'receipts', 'revisions'] as const;

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
  table: string,
  slice: Slice,
  onRows: (copied: number) => void,
): Promise<TableCopy> {
  // The migrations put a few rows there.
  fresh.exec(`DELETE FROM "${table}"`);
  const outline = outlineOf(damaged, fresh, table);
  if (outline === null) return { table, copied: 0, lost: null };
  let known: readonly number[] | null = null;
  const reader = createTableReader(damaged, outline, () => {
    known = knownKeys(damaged, fresh, table);
    return known;
  });
  const insert = fresh.prepare(
    `INSERT OR IGNORE INTO "${table}" (${outline.columns.join(', ')}) VALUES (${outline.columns.map(() => '?').join(', ')})`,
  );
  let copied = 0;
  let refused = 0;
  for (const rows of reader.rows()) {
    fresh.exec('BEGIN');
    for (const row of rows)
      try {
        copied += insert.run(...outline.columns.map((column) => row[column] ?? null)).changes;
      } catch (thrown) {
        // Garbage that looks like a row: of the wrong type, or without what it must have.
        if (!String((thrown as { code?: unknown }).code).startsWith('SQLITE_CONSTRAINT')) throw thrown;
        refused += 1;
      }
    fresh.exec('COMMIT');
    onRows(copied);
    if (slice.due()) await slice.rest();
  }
  if (!reader.damaged()) return { table, copied, lost: refused };
  const keys = known as readonly number[] | null;
  return {
    table,
    copied,
    lost: table === 'messages' && keys !== null ? Math.max(0, keys.length - copied) : null,
  };
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly pk: number;
}

/** Null = the damaged file does not know the table any more. */
function outlineOf(damaged: Database.Database, fresh: Database.Database, table: string): DamagedTable | null {
  const columnsOf = (db: Database.Database) => db.pragma(`table_info("${table}")`) as Column[];
  let there: Set<string>;
  try {
    there = new Set(columnsOf(damaged).map((column) => column.name));
  } catch {
    return null;
  }
  const columns = columnsOf(fresh).filter((column) => there.has(column.name));
  const key = columns.filter((column) => column.pk > 0).sort((a, b) => a.pk - b.pk);
  if (key.length === 0) return null;
  return {
    name: table,
    columns: columns.map((column) => column.name),
    key: key.map((column) => column.name),
    numeric: key.map((column) => column.type === 'INTEGER'),
  };
}

/** The keys that a damaged table held, as others tell; null = nobody tells. */
function knownKeys(
  damaged: Database.Database,
  fresh: Database.Database,
  table: string,
): readonly number[] | null {
  if ((MESSAGE_PARTS as readonly string[]).includes(table))
    return fresh.prepare<[], number>(`SELECT pk FROM messages ORDER BY pk`).pluck().all();
  if (table !== 'messages') return null;
  // Each of these indexes holds the key of every message, in pages of its own.
  for (const index of ['messages_chat', 'messages_identity'])
    try {
      const keys = damaged
        .prepare<[], number>(`SELECT pk FROM messages INDEXED BY ${index} WHERE chat_id > -1`)
        .pluck()
        .all();
      return keys.sort((a, b) => a - b);
    } catch {
      // The other one may be readable.
    }
  return null;
}
