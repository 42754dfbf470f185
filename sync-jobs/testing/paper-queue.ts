import { TandemError } from '#kernel/errors.ts';
import type { JobQueue, QueuedJob, TurnHandler } from '../queue/port.ts';

/** A queue on paper: the test decides what it holds, whether it is there, and when a turn runs. */
export interface PaperQueue extends JobQueue {
  readonly entries: QueuedJob[];
  isAway: boolean;
  /** It has come back: with what it held, or with nothing. */
  back(entries?: readonly QueuedJob[]): void;
  /** Runs the oldest entry that need not wait; false = there is none. */
  runNext(): Promise<boolean>;
}

export function createPaperQueue(): PaperQueue {
  const entries: QueuedJob[] = [];
  const listeners = new Set<() => void>();
  let handler: TurnHandler | null = null;
  const never = new AbortController().signal;

  const queue: PaperQueue = {
    backend: 'redis',
    entries,
    isAway: false,
    work: (turnHandler) => {
      handler = turnHandler;
    },
    enqueue: async (job) => {
      if (queue.isAway) throw new TandemError('QUEUE_UNAVAILABLE');
      entries.push(job);
    },
    held: async () => {
      if (queue.isAway) throw new TandemError('QUEUE_UNAVAILABLE');
      return new Set(entries.map(({ jobId }) => jobId));
    },
    remove: async (jobId) => {
      if (queue.isAway) throw new TandemError('QUEUE_UNAVAILABLE');
      for (let at = entries.length - 1; at >= 0; at -= 1)
        if (entries[at]?.jobId === jobId) entries.splice(at, 1);
    },
    counts: () => Promise.reject(new TandemError('QUEUE_UNAVAILABLE')),
    health: () => ({ state: queue.isAway ? 'down' : 'up', error: null, since: 0 }),
    queues: () => Promise.resolve([]),
    onReady: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => undefined,
    back: (kept = []) => {
      queue.isAway = false;
      entries.splice(0, entries.length, ...kept);
      for (const listener of listeners) listener();
    },
    runNext: async () => {
      const at = entries.findIndex(({ delayMs }) => delayMs === undefined);
      const [entry] = at < 0 ? [] : entries.splice(at, 1);
      if (entry === undefined || handler === null) return false;
      const end = await handler(entry.jobId, never, entry.turn);
      if (end.end === 'again') {
        const { delayMs: _, ...rest } = entry;
        entries.push(end.afterMs > 0 ? { ...rest, delayMs: end.afterMs } : rest);
      }
      return true;
    },
  };
  return queue;
}
