import { PGlite } from '@electric-sql/pglite';
import { createPostgresBackend, Queue, Worker } from 'bullmq';
import type { Session } from '../backend.ts';
import { createPool } from './pool.ts';

/** The queue is small and in memory already: PostgreSQL's own 128 MB of buffers would hold it a second time. */
const SMALL_BUFFERS = ['-c', 'shared_buffers=2MB'];

/** node-postgres gives these as text, and BullMQ relies on it. */
const INT8_OID = 20;
const NUMERIC_OID = 1_700;
const asText = (value: string): string => value;

export async function startStore(dump: Uint8Array<ArrayBuffer>): Promise<PGlite> {
  const db = await PGlite.create('memory://', {
    loadDataDir: new Blob([dump]),
    startParams: [...PGlite.defaultStartParams, ...SMALL_BUFFERS],
    parsers: { [INT8_OID]: asText, [NUMERIC_OID]: asText },
  });
  await db.exec('SET search_path TO bullmq');
  return db;
}

export function openSession(db: PGlite, broken: () => void): Session {
  const pool = createPool(db, broken);
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
