import { PGlite } from '@electric-sql/pglite';
import { createPostgresBackend, type PgPool, Queue, Worker } from 'bullmq';
import type { Logger } from '#kernel/logger.ts';
import type { Backend, Session } from '../backend.ts';
import { createDumpStore } from './dump.ts';
import { createPool } from './pool.ts';
import { collectGarbage } from './release-memory.ts';

/** A first start builds the store, seconds long; tool calls have 25 s. */
const ANSWER_WITHIN_MS = 20_000;

/** The queue is small and in memory already: PostgreSQL's own 128 MB of buffers would hold it a second time. */
const SMALL_BUFFERS = ['-c', 'shared_buffers=2MB'];

/** node-postgres gives these as text, and BullMQ relies on it. */
const INT8_OID = 20;
const NUMERIC_OID = 1_700;
const asText = (value: string): string => value;

export interface EmbeddedOptions {
  /** For the migrated, empty store; made when missing. */
  readonly cacheDir: string;
  readonly logger: Logger;
}

/** PostgreSQL inside this process, in memory, for this process alone. Always comes up empty. */
export function createEmbeddedBackend(options: EmbeddedOptions): Backend {
  const dumps = createDumpStore(options);

  async function start(signal: AbortSignal): Promise<PGlite> {
    try {
      return await load(await dumps.load(signal));
    } catch (error) {
      if (signal.aborted) throw error;
      options.logger.warn('The cached store of the embedded queue did not start; it is built anew');
      dumps.discard();
      return load(await dumps.load(signal));
    }
  }

  return {
    kind: 'embedded',
    sleeps: true,
    answerWithinMs: ANSWER_WITHIN_MS,
    releaseMemory: collectGarbage,
    async open(events, signal) {
      const db = await start(signal);
      return sessionOn(
        db,
        createPool(db, () => events.broken('EMBEDDED_STORE_BROKEN')),
      );
    },
  };
}

async function load(dump: Uint8Array<ArrayBuffer>): Promise<PGlite> {
  const db = await PGlite.create('memory://', {
    loadDataDir: new Blob([dump]),
    startParams: [...PGlite.defaultStartParams, ...SMALL_BUFFERS],
    parsers: { [INT8_OID]: asText, [NUMERIC_OID]: asText },
  });
  await db.exec('SET search_path TO bullmq');
  return db;
}

function sessionOn(db: PGlite, pool: PgPool): Session {
  return {
    // The dashboard and the rest see one type of queue, whichever store is behind it.
    queue: (name, options) =>
      new Queue(name, { ...options, connection: pool }, createPostgresBackend) as unknown as Queue,
    worker: (name, processor, options) =>
      new Worker(
        name,
        processor,
        { ...options, connection: pool },
        createPostgresBackend,
      ) as unknown as Worker,
    async close() {
      await pool.end();
      await db.close().catch(() => undefined);
    },
  };
}
