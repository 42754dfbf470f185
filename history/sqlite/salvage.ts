import { chmodSync, existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { type Clock, nowSeconds } from '#kernel/clock.ts';
import { PRIVATE_FILE } from '#kernel/data-dir.ts';
import { TandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { SALVAGED_AT } from './coverage-rows.ts';
import { databaseError } from './errors.ts';
import { type Migration, migrate, readMigrations } from './migrate.ts';
import { indexSome } from './reindex.ts';
import { copyTable, type TableCopy, tablesToCopy } from './salvage-copy.ts';
import { mend } from './salvage-mend.ts';
import { discardSalvage, installSalvage, placeForSalvage } from './salvage-swap.ts';
import { clearIndex } from './search-index.ts';
import { createSlice } from './slice.ts';
import { createSql, type Sql } from './sql.ts';

export interface SalvageOptions {
  /** Nobody else may have it open: the caller owns the data directory. */
  readonly file: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly onProgress?: (progress: SalvageProgress) => void;
}

export interface SalvageProgress {
  readonly phase: 'copying' | 'mending' | 'indexing' | 'checking';
  /** Being copied. */
  readonly table: string | null;
  readonly done: number;
  /** Null = not known. */
  readonly total: number | null;
}

export interface SalvageReport {
  /** `lost` null = some may be lost, and nobody knows how many. */
  readonly tables: readonly Readonly<TableCopy>[];
  readonly messages: Readonly<Pick<TableCopy, 'copied' | 'dropped' | 'lost'>>;
  /** Where the damaged file is kept. */
  readonly damagedFile: string;
}

/** What was said to be complete is not known to be so any more, in tables of these names. */
const CLAIMS = /^coverage|^live_spans$|^push_edges$|^backfills$|^checkpoints$/;
/** Made anew from the rows that they count. */
const DERIVED = /^message_(counts|totals)$/;
const INDEXED_AT_A_TIME = 2_000;
const CHECKSUM = /^[0-9a-f]{64}$/;
const NOTHING_LEFT =
  'The list of its tables cannot be read, so nothing can be saved from this file. Use a copy from backups/, see docs/runbooks/database.md.';

/**
 * Makes a new file from everything that can be read of a damaged one, and puts it in its place; the damaged file goes to
 * `backups/`. Sessions of engines lie elsewhere, so the link to the phone stays. A kill leaves either the old file, or a new one
 * that the next opener puts in place. Throws DB_CORRUPT when nothing can be read, DB_DISK_FULL, DB_READ_ONLY,
 * DB_MIGRATION_FAILED.
 */
export async function salvageHistory(options: SalvageOptions): Promise<SalvageReport> {
  const { file, logger } = options;
  if (!existsSync(file)) throw new TandemError('DB_READ_ONLY', { details: { reason: 'ENOENT' } });
  try {
    const tables = await buildFresh(options, placeForSalvage(file));
    const damagedFile = installSalvage(file);
    const found = tables.find((one) => one.table === 'messages');
    const { copied, dropped, lost } = found ?? { copied: 0, dropped: 0, lost: null };
    logger.warn('the history was salvaged', { copied, dropped, lost });
    return { tables, messages: { copied, dropped, lost }, damagedFile };
  } catch (thrown) {
    discardSalvage(file);
    throw databaseError(thrown);
  }
}

async function buildFresh(
  { file, clock, onProgress = () => undefined }: SalvageOptions,
  place: string,
): Promise<TableCopy[]> {
  const damaged = openDamaged(file);
  const fresh = new Database(place);
  try {
    chmodSync(place, PRIVATE_FILE);
    // Until it is whole it may be thrown away, so nothing of it needs to survive.
    fresh.pragma('journal_mode = MEMORY');
    fresh.pragma('synchronous = OFF');
    await migrate(fresh, migrationsOf(damaged), clock);
    const slice = createSlice();
    const tables: TableCopy[] = [];
    for (const table of tablesToCopy(fresh, (name) => CLAIMS.test(name) || DERIVED.test(name))) {
      const total = table === 'messages' ? countMessages(damaged) : null;
      tables.push(
        await copyTable(damaged, fresh, table, slice, (done) =>
          onProgress({ phase: 'copying', table, done, total }),
        ),
      );
    }
    const sql = createSql(fresh);
    onProgress({ phase: 'mending', table: null, done: 0, total: null });
    fresh.exec('BEGIN');
    await mend(sql, nowSeconds(clock), slice);
    countDropped(sql, tables);
    keepIds(damaged, fresh);
    // A merge that is undone later must not bring them back.
    for (const table of tablesToCopy(fresh, (name) => !CLAIMS.test(name)))
      sql.run(`DELETE FROM merge_rows WHERE tbl = ?`, table);
    const messages = tables.find((one) => one.table === 'messages');
    // Engines hand over once more what they still hold.
    if (messages !== undefined && (messages.lost !== 0 || messages.dropped > 0))
      sql.run(`DELETE FROM offsets`);
    sql.run(`INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)`, SALVAGED_AT, String(nowSeconds(clock)));
    clearIndex(sql);
    fresh.exec('COMMIT');
    for (let next: number | null = 0; next !== null; ) {
      fresh.exec('BEGIN');
      const step = await indexSome(sql, slice, INDEXED_AT_A_TIME);
      fresh.exec('COMMIT');
      next = step.next;
      onProgress({ phase: 'indexing', table: null, done: step.indexed, total: step.total });
    }
    onProgress({ phase: 'checking', table: null, done: 0, total: null });
    const faults = fresh.pragma('quick_check(1)', { simple: true });
    if (faults !== 'ok') throw new TandemError('DB_CORRUPT');
    return tables;
  } finally {
    fresh.close();
    damaged.close();
  }
}

/** Reads as much of the schema as there is, and does not mind that the file is shorter than it says. */
function openDamaged(file: string): Database.Database {
  const damaged = new Database(file, { readonly: true });
  try {
    damaged.unsafeMode(true);
    damaged.pragma('writable_schema = ON');
    // The list of tables may be cut off; without these there is no history to save.
    for (const table of ['messages', 'chats', 'people'])
      if ((damaged.pragma(`table_info(${table})`) as unknown[]).length === 0)
        throw new TandemError('DB_CORRUPT', { hint: NOTHING_LEFT });
    return damaged;
  } catch (thrown) {
    damaged.close();
    const mapped = databaseError(thrown);
    if (mapped instanceof TandemError && mapped.code === 'DB_CORRUPT')
      throw new TandemError('DB_CORRUPT', { hint: NOTHING_LEFT, cause: thrown });
    throw mapped;
  }
}

/** Up to the version of the damaged file; the next start brings it further, as always. */
function migrationsOf(damaged: Database.Database): readonly Migration[] {
  const all = readMigrations();
  let versions: readonly number[];
  try {
    const rows = damaged
      .prepare<[], { version: number; name: string; checksum: string }>(
        `SELECT version, name, checksum FROM schema_migrations ORDER BY version`,
      )
      .all();
    // Numbered from one on without a gap: garbage is not.
    if (rows.length === 0 || !rows.every((row, n) => row.version === n + 1 && CHECKSUM.test(row.checksum)))
      return all;
    versions = rows.map((row) => row.version);
  } catch {
    return all;
  }
  const version = versions.at(-1) ?? 0;
  const newest = all.at(-1)?.version ?? 0;
  if (version > newest)
    throw new TandemError('DB_MIGRATION_FAILED', {
      message: 'The database was written by a newer version of Tandem.',
      details: { file: version, known: newest },
    });
  return all.filter((one) => one.version <= version);
}

function countMessages(damaged: Database.Database): number | null {
  try {
    return damaged
      .prepare<[], number>(`SELECT COUNT(*) FROM messages INDEXED BY messages_chat WHERE chat_id > -1`)
      .pluck()
      .get() as number;
  } catch {
    return null;
  }
}

/** What could be read and was left out in mending, because what it belongs to is gone. */
function countDropped(sql: Sql, tables: readonly TableCopy[]): void {
  for (const one of tables) {
    const { n } = sql.get<{ n: number }>(`SELECT COUNT(*) AS n FROM "${one.table}"`) ?? { n: 0 };
    const gone = Math.max(0, one.copied - n);
    one.copied -= gone;
    one.dropped += gone;
    if (one.lost !== null) one.lost += gone;
  }
}

/** Ids of merged people and chats are never given again. */
function keepIds(damaged: Database.Database, fresh: Database.Database): void {
  let rows: { name: string; seq: number }[] = [];
  try {
    rows = damaged.prepare<[], { name: string; seq: number }>(`SELECT name, seq FROM sqlite_sequence`).all();
  } catch {
    // What was copied has set them already.
  }
  for (const { name, seq } of rows)
    fresh.prepare(`UPDATE sqlite_sequence SET seq = MAX(seq, ?) WHERE name = ?`).run(seq, name);
}
