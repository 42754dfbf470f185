import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { Clock } from '#kernel/clock.ts';
import { PRIVATE_FILE } from '#kernel/data-dir.ts';
import { TandemError } from '#kernel/errors.ts';
import { syncLog } from '#kernel/sqlite-log.ts';
import { createCheckpointer } from './checkpointer.ts';
import { databaseError, isIndexError, isIndexFault } from './errors.ts';
import { type Migration, migrate, readMigrations } from './migrate.ts';
import { finishInstall } from './salvage-swap.ts';
import { createSlice, type Slice } from './slice.ts';
import { createSql, type Sql } from './sql.ts';

export interface DatabaseOptions {
  readonly file: string;
  readonly clock: Clock;
  /** How long to wait for another process that writes. */
  readonly busyTimeoutMs?: number;
  readonly migrations?: readonly Migration[];
  /** From a commit to when it is copied from the write-ahead log into the file. */
  readonly checkpointAfterMs?: number;
}

/**
 * Two connections to one file: all writing goes through the first, one transaction at a time; reading
 * through the second, so that no reader sees half of a transaction that pauses for the event loop.
 */
export interface Store {
  readonly schemaVersion: number;
  /** False when the full-text index was found damaged at the start; the messages are not. */
  readonly indexSound: boolean;
  readonly file: string;
  read<T>(work: (sql: Sql) => T | Promise<T>): Promise<T>;
  /** One snapshot, through a connection opened for it: nothing that another connection keeps in memory can mislead it. */
  readApart<T>(work: (sql: Sql) => T | Promise<T>): Promise<T>;
  /** One IMMEDIATE transaction; rolled back when `work` throws. Calls queue up behind each other. */
  write<T>(work: (sql: Sql, slice: Slice) => T | Promise<T>): Promise<T>;
  /** Resolves when everything committed before the call survives a power cut. */
  durable(): Promise<void>;
  /** Called when what is cached of the file no longer holds: after a rollback, or when another process wrote. */
  onStale(forget: () => void): void;
  close(): Promise<void>;
}

/** Long enough for a backup tool or a shell that reads, short enough for a tool call. */
const BUSY_TIMEOUT_MS = 5_000;
/** Up to here the check takes less than a tenth of a second; larger files are checked by `tandem doctor`. */
const CHECKED_AT_OPEN_MAX_BYTES = 32 * 1024 * 1024;

/** Throws DB_CORRUPT, DB_READ_ONLY, DB_DISK_FULL, DB_LOCKED or DB_MIGRATION_FAILED. */
export async function openDatabase(options: DatabaseOptions): Promise<Store> {
  let writer: Database.Database | null = null;
  let reader: Database.Database | null = null;
  try {
    // A salvage that was killed before its last step.
    finishInstall(options.file);
    createPrivate(options.file);
    writer = new Database(options.file, { timeout: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS });
    writer.pragma('journal_mode = WAL');
    // Commits survive the death of the process; durable() says when they survive a power cut.
    writer.pragma('synchronous = NORMAL');
    // The checkpointer does it, off this thread.
    writer.pragma('wal_autocheckpoint = 0');
    writer.pragma('temp_store = MEMORY');
    const indexSound = check(writer, options.file);
    const schemaVersion = await migrate(writer, options.migrations ?? readMigrations(), options.clock);
    reader = openReader(options);
    return createStore(writer, reader, options, { schemaVersion, indexSound });
  } catch (thrown) {
    reader?.close();
    writer?.close();
    throw databaseError(thrown);
  }
}

function openReader({ file, busyTimeoutMs }: DatabaseOptions): Database.Database {
  const reader = new Database(file, { readonly: true, timeout: busyTimeoutMs ?? BUSY_TIMEOUT_MS });
  reader.pragma('temp_store = MEMORY');
  return reader;
}

function createPrivate(file: string): void {
  closeSync(openSync(file, 'a', PRIVATE_FILE));
  chmodSync(file, PRIVATE_FILE);
}

/** Whether the full-text index is sound too, as far as was looked: it is no reason not to start. */
function check(db: Database.Database, file: string): boolean {
  // Reads the header and the schema, which a truncated or foreign file does not survive.
  db.pragma('schema_version');
  db.prepare('SELECT count(*) FROM sqlite_schema').get();
  if (statSync(file).size > CHECKED_AT_OPEN_MAX_BYTES) return true;
  // The index comes last, with one line.
  const lines = quickCheck(db, '2') ?? checkWithoutIndex(db);
  if (lines.every((line) => line === 'ok')) return true;
  if (lines.every(isIndexFault)) return false;
  throw new TandemError('DB_CORRUPT');
}

/** Null = the index is so damaged that the check cannot even ask it. */
function quickCheck(db: Database.Database, argument: string): string[] | null {
  try {
    return (db.pragma(`quick_check(${argument})`) as { quick_check: string }[]).map((row) => row.quick_check);
  } catch (thrown) {
    if (isIndexError(thrown)) return null;
    throw thrown;
  }
}

function checkWithoutIndex(db: Database.Database): string[] {
  const tables = db
    .prepare<[], string>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite_%'`,
    )
    .pluck()
    .all();
  const faults = tables.flatMap((name) => quickCheck(db, `"${name}"`) ?? []);
  return [...faults.filter((line) => line !== 'ok'), 'fts5: cannot be opened'];
}

function createStore(
  writer: Database.Database,
  reader: Database.Database,
  options: DatabaseOptions,
  found: Pick<Store, 'schemaVersion' | 'indexSound'>,
): Store {
  const { file } = options;
  const write = createSql(writer);
  const read = createSql(reader);
  const listeners: (() => void)[] = [];
  const forget = () => {
    for (const listener of listeners) listener();
  };
  let tail: Promise<unknown> = Promise.resolve();
  let closed = false;
  const queue = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = tail.then(work);
    tail = turn.catch(() => undefined);
    return turn;
  };
  const checkpointer = createCheckpointer({
    file,
    fallback: writer,
    betweenWrites: queue,
    ...(options.checkpointAfterMs === undefined ? {} : { afterMs: options.checkpointAfterMs }),
  });
  // What migrations wrote, or a process that died left behind.
  checkpointer.written();
  let dataVersion = writer.pragma('data_version', { simple: true });

  const slice = createSlice();

  const transact = async <T>(work: (sql: Sql, slice: Slice) => T | Promise<T>): Promise<T> => {
    if (closed) throw new TandemError('DATABASE_ERROR', { details: { reason: 'closed' } });
    await checkpointer.relieve();
    // Short ones follow each other without a turn of the event loop: together they must not hold it up either.
    if (slice.due()) await slice.rest();
    try {
      write.run('BEGIN IMMEDIATE');
      const seen = writer.pragma('data_version', { simple: true });
      if (seen !== dataVersion) {
        dataVersion = seen;
        forget();
      }
      const result = await work(write, slice);
      write.run('COMMIT');
      checkpointer.written();
      return result;
    } catch (thrown) {
      if (writer.inTransaction) write.run('ROLLBACK');
      forget();
      throw databaseError(thrown);
    }
  };

  const look = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closed) throw new TandemError('DATABASE_ERROR', { details: { reason: 'closed' } });
    try {
      return await work();
    } catch (thrown) {
      throw databaseError(thrown);
    }
  };

  return {
    ...found,
    file,
    read: (work) => look(async () => work(read)),
    readApart: (work) =>
      look(async () => {
        const apart = openReader(options);
        try {
          // The first statement after BEGIN takes the snapshot.
          apart.exec('BEGIN');
          return await work(createSql(apart));
        } finally {
          apart.close();
        }
      }),
    write: (work) => queue(() => transact(work)),
    durable: async () => {
      try {
        await syncLog(file);
      } catch (thrown) {
        throw databaseError(thrown);
      }
    },
    onStale: (listener) => {
      listeners.push(listener);
    },
    close: async () => {
      await tail;
      if (closed) return;
      closed = true;
      await checkpointer.close();
      reader.close();
      writer.close();
    },
  };
}
