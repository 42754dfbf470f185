import { Worker } from 'node:worker_threads';

/** PASSIVE stands in nobody's way; TRUNCATE keeps writers out until it is done, and empties the log. */
export type CheckpointMode = 'PASSIVE' | 'TRUNCATE';
/** `partial` = a reader still needs part of the log; `failed` = the thread could not do it. */
export type CheckpointOutcome = 'complete' | 'partial' | 'failed';

/** Copies the write-ahead log into the database file, in a thread of its own: it waits for the disk. */
export interface CheckpointThread {
  /** One at a time. Never rejects. */
  run(mode: CheckpointMode): Promise<CheckpointOutcome>;
  close(): Promise<void>;
}

/** Writers wait as long when a reader is in the way, and the next try comes anyway. */
const BUSY_TIMEOUT_MS = 100;

/** The thread starts when it is needed first. */
export function createCheckpointThread(file: string): CheckpointThread {
  let worker: Worker | null = null;
  let tail: Promise<unknown> = Promise.resolve();
  let closed = false;
  return {
    run: (mode) => {
      const turn = tail.then(() => {
        if (closed) return 'failed';
        if (worker === null) {
          const started = startWorker(file);
          // Without a listener a thread that dies between two jobs would take the process with it.
          started
            .on('error', () => undefined)
            .once('exit', () => {
              if (worker === started) worker = null;
            });
          worker = started;
        }
        return ask(worker, mode);
      });
      tail = turn;
      return turn;
    },
    close: async () => {
      closed = true;
      await worker?.terminate();
      worker = null;
    },
  };
}

function startWorker(file: string): Worker {
  const worker = new Worker(new URL('./checkpoint-worker.mjs', import.meta.url), {
    workerData: { file, busyTimeoutMs: BUSY_TIMEOUT_MS },
    resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 },
  });
  worker.unref();
  return worker;
}

function ask(worker: Worker, mode: CheckpointMode): Promise<CheckpointOutcome> {
  return new Promise((resolve) => {
    const settle = (outcome: CheckpointOutcome) => {
      worker.off('message', settle).off('error', failed).off('exit', failed).unref();
      resolve(outcome);
    };
    const failed = () => settle('failed');
    worker.on('message', settle).on('error', failed).on('exit', failed).ref();
    worker.postMessage(mode);
  });
}
