import type { Clock } from '#kernel/clock.ts';
import type { Logger } from '#kernel/logger.ts';
import { createBullQueue } from './bullmq.ts';
import { createEmbeddedBackend } from './embedded/backend.ts';
import type { JobQueue, Lane } from './port.ts';
import { createErrorReporter } from './quiet-log.ts';
import { createRedisBackend } from './redis/backend.ts';
import { type QueueTiming, standardTiming } from './timing.ts';

export interface JobQueueOptions {
  /** redis:// or rediss://, may hold a password; null = the embedded queue, for this process alone. */
  readonly redisUrl: string | null;
  /** Begins every key in Redis, so that accounts can share one. */
  readonly prefix: string;
  /** For what the embedded queue prepares once; made when missing. */
  readonly cacheDir: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** How many turns of a lane this process runs at a time. */
  readonly concurrency: Readonly<Record<Lane, number>>;
  /** After so long without work the embedded queue gives its memory back. */
  readonly idleStopMs: number;
  readonly timing?: Partial<QueueTiming>;
}

/** Throws CONFIG_INVALID for an address that is none. Connects and starts nothing before it is used. */
export function createJobQueue(options: JobQueueOptions): JobQueue {
  const { redisUrl, prefix, cacheDir, logger, clock, concurrency, idleStopMs } = options;
  const timing = { ...standardTiming, ...options.timing };
  const report = createErrorReporter(logger, clock);
  const backend =
    redisUrl === null
      ? createEmbeddedBackend({ cacheDir, logger })
      : createRedisBackend({ url: redisUrl, prefix, logger, report, heartbeatMs: timing.heartbeatMs });
  return createBullQueue({ backend, logger, report, clock, concurrency, timing, idleStopMs });
}
