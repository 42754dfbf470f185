import type { BackfillStore } from '#history/contracts/backfills.ts';
import type { JobStore } from '#history/contracts/jobs.ts';
import type { Clock } from '#kernel/clock.ts';
import { toTandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import type { Desk } from './desk.ts';
import { isHolderGone } from './holder.ts';
import type { JobQueue } from './queue/port.ts';

/** Makes the queue hold what the rows say it should: at the start, whenever it is back, and now and then. */
export interface Reconciler {
  /** Takes over what dead processes left, then fills the queue. */
  start(): Promise<void>;
  stop(): void;
}

/** A lost entry costs at most this. */
const LOOK_EVERY_MS = 15_000;
const MILLISECONDS_PER_DAY = 86_400_000;
/** No job waits longer: what seems to was told when before somebody set the clock back. */
const LONGEST_REST_MS = 6 * 3_600_000;

export interface ReconcilerDeps {
  readonly store: JobStore;
  readonly backfills: Pick<BackfillStore, 'releaseAbandoned'>;
  readonly queue: JobQueue;
  readonly desk: Desk;
  readonly holder: string;
  readonly keepDays: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createReconciler(deps: ReconcilerDeps): Reconciler {
  const { store, backfills, queue, desk, holder, clock, logger } = deps;
  let running: Promise<void> | null = null;
  let again = false;
  let isFirst = true;
  let timer: NodeJS.Timeout | null = null;
  let stopReady = () => {};

  const isGone = (other: string) => isHolderGone(other, holder);

  async function pass(): Promise<void> {
    const interrupted = await store.interruptAbandoned(isGone);
    await backfills.releaseAbandoned(isGone);
    if (interrupted.length > 0) logger.info('jobs of an earlier life go on', { jobs: interrupted.length });
    await store.sweep(clock.now() - deps.keepDays * MILLISECONDS_PER_DAY);
    const wanted = await store.unfinished();
    const knowsQueue = !isFirst;
    isFirst = false;
    if (wanted.length === 0) return;
    // What a dead worker had in its hands counts as held until its lock runs out; of two entries the newer lives on.
    const held = new Set(knowsQueue ? await queue.held() : []);
    for (const id of interrupted) held.delete(id);
    for (const job of wanted) {
      const isAstray = (job.nextTurnAtMs ?? 0) > clock.now() + LONGEST_REST_MS;
      if (isAstray || !held.has(job.id)) await desk.handOver(job, isAstray);
    }
  }

  /** One pass at a time; a call in the middle of one makes another follow. */
  function reconcile(): Promise<void> {
    if (running !== null) {
      again = true;
      return running;
    }
    running = (async () => {
      do {
        again = false;
        await pass();
      } while (again);
    })()
      .catch((thrown: unknown) => {
        const error = toTandemError(thrown);
        logger.warn('jobs and queue were not compared', { code: error.code });
      })
      .finally(() => {
        running = null;
      });
    return running;
  }

  return {
    start: async () => {
      stopReady = queue.onReady(() => void reconcile());
      timer = setInterval(() => void reconcile(), LOOK_EVERY_MS);
      timer.unref();
      await reconcile();
    },
    stop: () => {
      stopReady();
      if (timer !== null) clearInterval(timer);
    },
  };
}
