import { statSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';

/**
 * Copies the write-ahead log into the database file, in a thread of its own: it waits for the disk, and that must not stop
 * the event loop. Writers call it between their transactions.
 */
export interface Checkpointer {
  /** Resolves at once while the log is short. Never rejects: a log that stays long only costs space. */
  relieve(): Promise<void>;
  close(): Promise<void>;
}

/** Long enough that a page which changes often is copied once for many changes; see bench/history.ts. */
const LOG_MAX_BYTES = 64 * 1024 * 1024;
const JOB = 'tandem-checkpoint';

export function createCheckpointer(file: string, fallback: Database.Database): Checkpointer {
  let worker: Worker | null = null;
  const inline = () => {
    try {
      fallback.pragma('wal_checkpoint(PASSIVE)');
    } catch {
      // The disk may be full: the next transaction says so where somebody listens.
    }
  };
  return {
    relieve: async () => {
      if (logBytes(file) < LOG_MAX_BYTES) return;
      worker ??= startWorker(file);
      if (!(await ask(worker))) inline();
    },
    close: async () => {
      await worker?.terminate();
      worker = null;
    },
  };
}

function logBytes(file: string): number {
  return statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

function startWorker(file: string): Worker {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { job: JOB, file },
    resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 },
  });
  worker.unref();
  return worker;
}

/** False when the thread could not do it. */
function ask(worker: Worker): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (ok: boolean) => {
      worker.off('message', settle).off('error', failed).off('exit', failed).unref();
      resolve(ok);
    };
    const failed = () => settle(false);
    worker.on('message', settle).on('error', failed).on('exit', failed).ref();
    worker.postMessage('checkpoint');
  });
}

const task = workerData as { readonly job?: unknown; readonly file?: unknown } | null;
if (!isMainThread && task?.job === JOB && typeof task.file === 'string') {
  const db = new Database(task.file);
  parentPort?.on('message', () => {
    try {
      db.pragma('wal_checkpoint(TRUNCATE)');
      parentPort?.postMessage(true);
    } catch {
      parentPort?.postMessage(false);
    }
  });
}
