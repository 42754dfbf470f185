import type { History } from '#history/contracts/history.ts';
import type { JobKind } from '#history/contracts/jobs.ts';
import type { Clock } from '#kernel/clock.ts';
import type { IdSource } from '#kernel/ids.ts';
import type { Logger } from '#kernel/logger.ts';
import { createDesk } from './desk.ts';
import { createHolder } from './holder.ts';
import { createJobs, type Jobs } from './jobs.ts';
import type { Kind } from './kind.ts';
import type { JobQueue } from './queue/port.ts';
import { createReconciler } from './reconciler.ts';
import { createRivals } from './rivals.ts';
import { createRunner } from './runner.ts';

export interface SyncJobsDeps {
  readonly history: Pick<History, 'jobs' | 'backfills'>;
  readonly queue: JobQueue;
  /** Gets the jobs, because some kinds start others. */
  readonly kinds: (jobs: Jobs) => readonly Kind[];
  readonly keepDays: number;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly turnMs?: number;
}

export interface SyncJobs {
  readonly jobs: Jobs;
  readonly queue: JobQueue;
  /** Takes up what an earlier life left and begins to work. */
  start(): Promise<void>;
  /** Turns under way write where they are and end. */
  stop(): Promise<void>;
}

/** Jobs of one account: rows, queue, workers, and what keeps the three together. */
export function createSyncJobs(deps: SyncJobsDeps): SyncJobs {
  const { history, queue, clock, ids, logger } = deps;
  const store = history.jobs;
  const holder = createHolder(ids);
  const kinds: Kind[] = [];
  const laneOf = (kind: JobKind) => kinds.find((one) => one.kind === kind)?.lane ?? 'maintenance';
  const desk = createDesk({ store, queue, laneOf, clock, logger });
  const jobs = createJobs({ store, kinds, desk, ids });
  kinds.push(...deps.kinds(jobs));
  const rivals = createRivals(laneOf, clock);
  const stopRivals = jobs.onChange(rivals.note);
  const handler = createRunner({
    store,
    kinds,
    holder,
    clock,
    logger,
    onChange: desk.tell,
    isOvertaken: rivals.isOvertaken,
    ...(deps.turnMs === undefined ? {} : { turnMs: deps.turnMs }),
  });
  const reconciler = createReconciler({
    store,
    backfills: history.backfills,
    queue,
    desk,
    holder,
    keepDays: deps.keepDays,
    clock,
    logger,
  });
  // A parent need not look again and again whether its child has ended.
  const stopParents = jobs.onChange((job) => {
    if (job.parentId !== null && job.endedAtMs !== null) void jobs.hurry(job.parentId).catch(() => undefined);
  });
  return {
    jobs,
    queue,
    start: async () => {
      queue.work(handler);
      await reconciler.start();
    },
    stop: async () => {
      stopParents();
      stopRivals();
      reconciler.stop();
      await queue.close();
    },
  };
}
