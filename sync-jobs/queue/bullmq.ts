import type { Job, Processor } from 'bullmq';
import type { Clock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import type { Backend } from './backend.ts';
import { entryIdOf, turnOf, unavailable } from './entry.ts';
import { createIdleWatch } from './idle-watch.ts';
import { createLifecycle, type Live } from './lifecycle.ts';
import { createParking } from './parking.ts';
import { type JobQueue, type Lane, type LaneCounts, lanes, type TurnHandler } from './port.ts';
import type { ErrorReporter } from './quiet-log.ts';
import type { QueueTiming } from './timing.ts';
import { createTurns } from './turns.ts';

/** A store that is known to be away is not waited for long: it may just be back. */
const AWAY_PATIENCE_MS = 2_000;

export interface BullQueueOptions {
  readonly backend: Backend;
  readonly logger: Logger;
  readonly report: ErrorReporter;
  readonly clock: Clock;
  readonly concurrency: Readonly<Record<Lane, number>>;
  readonly timing: QueueTiming;
  readonly idleStopMs: number;
}

/** The port over BullMQ, whatever store is behind it. */
export function createBullQueue(options: BullQueueOptions): JobQueue {
  const { backend, logger } = options;
  const listeners = new Set<() => void>();
  const parking = createParking();
  let handler: TurnHandler | null = null;

  const turns = createTurns({
    started: (entryId) => parking.forget(entryId),
    delayed: (job, dueAtMs) => park(job, dueAtMs),
    ended: () => idle.used(),
  });
  const lifecycle = createLifecycle({
    ...options,
    lockLost: turns.lose,
    opened: async (live) => {
      await unpark(live);
      startWorkers(live);
    },
    ready: notify,
    broken: turns.loseAll,
  });
  const idle = createIdleWatch({
    idleStopMs: options.idleStopMs,
    isBusy: async () => turns.size > 0 || (await holdsWork()),
    nextDueAtMs: parking.nextDueAtMs,
    sleep: async () => {
      logger.debug('The embedded queue is idle and stops');
      await lifecycle.sleep();
      backend.releaseMemory();
    },
    wake: async () => void (await lifecycle.wake()),
    isAwake: () => lifecycle.live !== null,
  });

  function startWorkers(live: Live): void {
    const handle = handler;
    if (handle === null) return;
    live.lanes.startWorkers(
      (_lane): Processor =>
        (job, token) =>
          turns.run(job, token ?? '', handle),
    );
  }

  /** Only a store that is dropped when idle needs its delayed entries remembered here. */
  function park(job: Job, dueAtMs: number): void {
    if (!backend.sleeps) return;
    const turn = turnOf(job.id ?? '');
    const { jobId } = job.data as { jobId: string };
    const priority = job.opts.priority;
    parking.note(
      {
        lane: job.queueName as Lane,
        jobId,
        turn,
        label: job.name,
        ...(priority === undefined ? {} : { priority }),
      },
      dueAtMs,
    );
  }

  async function unpark(live: Live): Promise<void> {
    for (const { job, dueAtMs } of parking.all()) await live.lanes.add(job, dueAtMs - Date.now());
  }

  async function holdsWork(): Promise<boolean> {
    const counts = Object.values((await lifecycle.live?.lanes.counts()) ?? {});
    if (counts.some(({ waiting, active }) => waiting + active > 0)) return true;
    // Entries can go by the dashboard too, of which nobody tells.
    if (counts.every(({ delayed }) => delayed === 0)) parking.clear();
    return false;
  }

  function notify(): void {
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        options.report('A listener of the job queue failed', error);
      }
    }
  }

  function patienceMs(): number {
    const isKnownAway = !backend.sleeps && lifecycle.health().state === 'down';
    return isKnownAway ? Math.min(AWAY_PATIENCE_MS, backend.answerWithinMs) : backend.answerWithinMs;
  }

  /** Every call into the store: bounded, and with one error. */
  async function ask<T>(call: (live: Live) => Promise<T>): Promise<T> {
    const release = idle.using();
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const reason = lifecycle.health().error ?? 'NO_ANSWER';
      late.reject(new TandemError('QUEUE_UNAVAILABLE', { details: { reason } }));
    }, patienceMs());
    try {
      return await Promise.race([lifecycle.wake().then(call), late.promise]);
    } catch (error) {
      throw unavailable(error);
    } finally {
      clearTimeout(timer);
      release();
    }
  }

  const isAsleep = () => backend.sleeps && lifecycle.health().state === 'asleep';

  return {
    backend: backend.kind,
    work(turnHandler) {
      handler = turnHandler;
      if (lifecycle.live !== null) startWorkers(lifecycle.live);
      // A store outside may hold work of an earlier life.
      else if (!backend.sleeps) lifecycle.wake().catch(() => undefined);
    },
    async enqueue(job) {
      const delayMs = job.delayMs ?? 0;
      if (backend.sleeps && delayMs > 0) parking.note(job, Date.now() + delayMs);
      try {
        await ask((live) => live.lanes.add(job, delayMs));
      } catch (error) {
        parking.forget(entryIdOf(job.jobId, job.turn));
        throw error;
      }
    },
    async held() {
      const here = [...turns.jobIds(), ...parking.all().map(({ job }) => job.jobId)];
      if (isAsleep()) return new Set(here);
      const there = await ask((live) => live.lanes.held());
      // A turn that still runs here is held, even if the store has lost its entry.
      return new Set([...there, ...turns.jobIds()]);
    },
    async remove(jobId) {
      parking.forgetJob(jobId);
      turns.remove(jobId);
      if (!isAsleep()) await ask((live) => live.lanes.remove(jobId));
    },
    counts: async () => (isAsleep() ? zeros() : ask((live) => live.lanes.counts())),
    health: lifecycle.health,
    queues: () => ask(async (live) => live.lanes.queues),
    onReady(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      idle.stop();
      await lifecycle.close(turns.closeAll);
    },
  };
}

function zeros(): Record<Lane, LaneCounts> {
  const none: LaneCounts = { waiting: 0, active: 0, delayed: 0, failed: 0, completed: 0 };
  return Object.fromEntries(lanes.map((lane) => [lane, none])) as Record<Lane, LaneCounts>;
}
