import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type Database from 'better-sqlite3';
import { type Clock, nowSeconds } from '#kernel/clock.ts';
import { makePrivateDir, PRIVATE_FILE } from '#kernel/data-dir.ts';
import { TandemError } from '#kernel/errors.ts';
import { databaseError } from './errors.ts';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** Each may be as large as the history; going back further than three versions of the schema is not foreseen. */
const BACKUPS_KEPT = 3;

/** The numbered files, ascending. They are only ever added to: a changed one is refused by its checksum. */
export function readMigrations(folder: URL = new URL('../migrations/', import.meta.url)): Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}_.+\.sql$/.test(name))
    .sort()
    .map((name) => {
      const sql = readFileSync(new URL(name, folder), 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      return { version: Number(name.slice(0, 4)), name, sql, checksum };
    });
}

/**
 * Brings the file to the newest version in one transaction; a file that holds data already is copied aside
 * first. Returns the version. Throws DB_MIGRATION_FAILED, with the file unchanged.
 */
export async function migrate(
  db: Database.Database,
  migrations: readonly Migration[],
  clock: Clock,
): Promise<number> {
  const applied = readApplied(db);
  const newest = migrations.at(-1)?.version ?? 0;
  const current = Math.max(0, ...applied.keys());
  if (current > newest) {
    throw new TandemError('DB_MIGRATION_FAILED', {
      message: 'The database was written by a newer version of Tandem.',
      details: { file: current, known: newest },
    });
  }
  for (const known of migrations) {
    const checksum = applied.get(known.version);
    if (checksum !== undefined && checksum !== known.checksum) {
      throw new TandemError('DB_MIGRATION_FAILED', {
        message: 'A migration that was applied before has changed since.',
        details: { migration: known.name },
      });
    }
  }
  const missing = migrations.filter((one) => !applied.has(one.version));
  if (missing.length === 0) return current;
  if (current > 0) await backUp(db, missing[0]?.version ?? newest);
  runAll(db, missing, nowSeconds(clock));
  return newest;
}

function readApplied(db: Database.Database): Map<number, string> {
  const table = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'`).get();
  if (table === undefined) return new Map();
  const rows = db
    .prepare<[], { version: number; checksum: string }>(`SELECT version, checksum FROM schema_migrations`)
    .all();
  return new Map(rows.map((row) => [row.version, row.checksum]));
}

function runAll(db: Database.Database, missing: readonly Migration[], at: number): void {
  let running = '';
  try {
    db.transaction(() => {
      db.exec(`CREATE TABLE IF NOT EXISTS schema_migrations (
        version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL
      ) STRICT`);
      for (const one of missing) {
        running = one.name;
        db.exec(one.sql);
        db.prepare(`INSERT INTO schema_migrations VALUES (?, ?, ?, ?)`).run(
          one.version,
          one.name,
          one.checksum,
          at,
        );
      }
    }).immediate();
  } catch (thrown) {
    const mapped = databaseError(thrown);
    if (mapped instanceof TandemError && mapped.code !== 'DATABASE_ERROR') throw mapped;
    throw new TandemError('DB_MIGRATION_FAILED', { details: { migration: running }, cause: thrown });
  }
}

async function backUp(db: Database.Database, before: number): Promise<void> {
  const folder = join(dirname(db.name), 'backups');
  makePrivateDir(folder);
  const stem = `${basename(db.name, '.db')}-before-`;
  const file = join(folder, `${stem}${String(before).padStart(4, '0')}.db`);
  // A copy that a kill cuts short must not be taken for a whole one.
  const part = `${file}.part`;
  for (const rest of [part, `${part}-journal`]) rmSync(rest, { force: true });
  await db.backup(part);
  chmodSync(part, PRIVATE_FILE);
  renameSync(part, file);
  prune(folder, stem);
}

/** They are numbered by version, so the newest sort last. Copies of damaged files are not touched. */
function prune(folder: string, stem: string): void {
  const copies = readdirSync(folder)
    .filter((name) => name.startsWith(stem) && /^\d{4}\.db$/.test(name.slice(stem.length)))
    .sort();
  for (const name of copies.slice(0, -BACKUPS_KEPT)) rmSync(join(folder, name), { force: true });
}
