// Plain JavaScript on purpose: what strips types takes 10 MB of every thread that loads TypeScript.

import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';

const { file, busyTimeoutMs } = workerData;
const db = new Database(file, { timeout: busyTimeoutMs });

/** @param {import('./checkpoint-thread.ts').CheckpointMode} mode */
function copy(mode) {
  try {
    const [row] = db.pragma(`wal_checkpoint(${mode})`);
    return row.busy === 0 && row.log === row.checkpointed ? 'complete' : 'partial';
  } catch {
    return 'failed';
  }
}

parentPort?.on('message', (mode) => parentPort?.postMessage(copy(mode)));
