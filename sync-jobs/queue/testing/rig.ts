import { fileURLToPath } from 'node:url';
import { systemClock } from '#kernel/clock.ts';
import { createLogger } from '#kernel/logger.ts';
import { createJobQueue, type JobQueueOptions } from '../create.ts';
import type { JobQueue, TurnEnd, TurnHandler } from '../port.ts';

/** Preparing the embedded store takes seconds: test files share it, beside the compiled sources. */
export const SHARED_CACHE = fileURLToPath(
  new URL('../../../node_modules/.cache/tandem-test', import.meta.url),
);

/** Opens queues for one test, and keeps what they logged. */
export interface QueueRig {
  readonly opened: JobQueue[];
  open(changes?: Partial<JobQueueOptions>): JobQueue;
  /** Everything that was logged, as text. */
  logged(): string;
  closeAll(): Promise<void>;
}

export function createQueueRig(store: { redisUrl: string | null; cacheDir: string }): QueueRig {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'trace',
    program: 'test',
    sink: { write: (line) => void lines.push(line) },
  });
  const opened: JobQueue[] = [];
  return {
    opened,
    open(changes = {}) {
      const queue = createJobQueue({
        ...store,
        prefix: 'tandem-test',
        logger,
        clock: systemClock,
        concurrency: { history: 1, actions: 4, media: 1, maintenance: 1 },
        idleStopMs: 60_000,
        ...changes,
        timing: { closeGraceMs: 2_000, ...changes.timing },
      });
      opened.push(queue);
      return queue;
    },
    logged: () => lines.join(''),
    async closeAll() {
      await Promise.all(opened.map((queue) => queue.close()));
    },
  };
}

export const done: TurnEnd = { end: 'done' };

/** A handler that runs until it is told to stop or to go on. */
export function createHeldHandler(end: TurnEnd): {
  readonly handler: TurnHandler;
  readonly started: string[];
  readonly aborted: string[];
  release(): void;
} {
  const started: string[] = [];
  const aborted: string[] = [];
  const gate = Promise.withResolvers<void>();
  return {
    started,
    aborted,
    release: gate.resolve,
    async handler(jobId, signal) {
      started.push(jobId);
      const stop = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => {
        aborted.push(jobId);
        stop.resolve();
      });
      await Promise.race([gate.promise, stop.promise]);
      return end;
    },
  };
}
