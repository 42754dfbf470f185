import { systemClock } from '#kernel/clock.ts';
import { systemIds } from '#kernel/ids.ts';
import { createLogger } from '#kernel/logger.ts';
import type { Services } from '#orchestrator/services/services.ts';
import { allKinds } from '#sync-jobs/kinds/all.ts';
import type { JobQueue } from '#sync-jobs/queue/port.ts';
import { createJobServices, type JobServices } from '#sync-jobs/services/services.ts';
import { createSyncJobs } from '#sync-jobs/sync-jobs.ts';

const KEEP_DAYS = 30;
const logger = createLogger({ level: 'silent', program: 'test' });

/** The real jobs over the services of a test, with nobody to work on them: they stay queued until they are steered. */
export function restingJobs({ parts }: Services): JobServices {
  const { jobs } = createSyncJobs({
    history: parts.history,
    queue: restingQueue,
    kinds: (jobs) => allKinds({ jobs, context: parts, config: parts.config, onIngested: parts.onChange }),
    keepDays: KEEP_DAYS,
    clock: systemClock,
    ids: systemIds,
    logger,
  });
  return createJobServices(jobs, parts);
}

const restingQueue: JobQueue = {
  backend: 'embedded',
  work: () => undefined,
  enqueue: () => Promise.resolve(),
  held: () => Promise.resolve(new Set()),
  remove: () => Promise.resolve(),
  counts: () => {
    const none = { waiting: 0, active: 0, delayed: 0, failed: 0, completed: 0 };
    return Promise.resolve({ history: none, actions: none, media: none, maintenance: none });
  },
  health: () => ({ state: 'asleep', error: null, since: 0 }),
  queues: () => Promise.resolve([]),
  onReady: () => () => undefined,
  close: () => Promise.resolve(),
};
