import { Session } from 'node:inspector';

/** Long enough for the last promises that hold the store to be gone. */
const SETTLE_MS = 1_000;

/**
 * Gives the memory of a dropped store back. An idle process has no reason of its own to collect, and would sit
 * on hundreds of megabytes until it is busy again.
 */
export function collectGarbage(): void {
  setTimeout(() => {
    const session = new Session();
    session.connect();
    // Disconnecting inside the answer would hang the process for ever.
    session.post('HeapProfiler.collectGarbage', () => setImmediate(() => session.disconnect()));
  }, SETTLE_MS).unref();
}
