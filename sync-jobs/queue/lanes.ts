import type { JobType, Processor, Queue, Worker } from 'bullmq';
import type { Session } from './backend.ts';
import { entryIdOf, jobIdOf } from './entry.ts';
import { type Lane, type LaneCounts, lanes, type QueuedJob } from './port.ts';
import type { ErrorReporter } from './quiet-log.ts';
import type { QueueTiming } from './timing.ts';

/** Finished entries are only for the dashboard; results and reasons are in the database. */
const KEEP_COMPLETED = { age: 3_600, count: 200 };
const KEEP_FAILED = { age: 24 * 3_600, count: 200 };

/** BullMQ's default of one fails a good job at the second crash of its process. */
const MAX_STALLED_COUNT = 20;

/** Nobody reads the event stream. */
const EVENTS_KEPT = 100;

/** A store that was away for a moment is asked again after this, not after BullMQ's 15 s. */
const RETRY_DELAY_MS = 1_000;

const WAITING: JobType[] = ['wait', 'prioritized'];
const HELD: JobType[] = [...WAITING, 'delayed', 'active'];

export interface LanesOptions {
  readonly session: Session;
  readonly concurrency: Readonly<Record<Lane, number>>;
  readonly timing: QueueTiming;
  readonly report: ErrorReporter;
  /** Others may have taken these entries over. */
  readonly lockLost: (entryIds: readonly string[]) => void;
}

/** The queues and workers of one session. */
export interface Lanes {
  readonly queues: readonly Queue[];
  ready(): Promise<void>;
  startWorkers(process: (lane: Lane) => Processor): void;
  add(job: QueuedJob, delayMs: number): Promise<void>;
  held(): Promise<ReadonlySet<string>>;
  remove(jobId: string): Promise<void>;
  counts(): Promise<Record<Lane, LaneCounts>>;
  /** Takes no more from now on, waits for running turns. `yielding` is called once nothing new can begin. */
  closeWorkers(yielding: () => void): Promise<void>;
  closeQueues(): Promise<void>;
}

export function openLanes(options: LanesOptions): Lanes {
  const { session, timing, report } = options;
  const workers: Worker[] = [];
  const byLane = new Map(lanes.map((lane) => [lane, openQueue(lane)]));
  const queues = [...byLane.values()];

  function openQueue(lane: Lane): Queue {
    const queue = session.queue(lane, {
      streams: { events: { maxLen: EVENTS_KEPT } },
      defaultJobOptions: {
        // Trying again belongs to the owner, who knows why a turn failed.
        attempts: 1,
        removeOnComplete: KEEP_COMPLETED,
        removeOnFail: KEEP_FAILED,
        stackTraceLimit: 0,
      },
    });
    queue.on('error', (error) => report('The job queue reported an error', error));
    return queue;
  }

  function openWorker(lane: Lane, processor: Processor): Worker {
    const worker = session.worker(lane, processor, {
      concurrency: options.concurrency[lane],
      lockDuration: timing.lockMs,
      stalledInterval: timing.stalledCheckMs,
      maxStalledCount: MAX_STALLED_COUNT,
      runRetryDelay: RETRY_DELAY_MS,
    });
    worker.on('error', (error) => report('A worker of the job queue reported an error', error));
    worker.on('lockRenewalFailed', options.lockLost);
    return worker;
  }

  return {
    queues,
    async ready() {
      await Promise.all(queues.map((queue) => queue.waitUntilReady()));
    },
    startWorkers(process) {
      for (const lane of lanes) workers.push(openWorker(lane, process(lane)));
    },
    async add(job, delayMs) {
      await byLane.get(job.lane)?.add(
        job.label,
        { jobId: job.jobId },
        {
          jobId: entryIdOf(job.jobId, job.turn),
          ...(delayMs > 0 ? { delay: delayMs } : {}),
          ...(job.priority === undefined ? {} : { priority: job.priority }),
        },
      );
    },
    async held() {
      const ids = await Promise.all(queues.map((queue) => queue.getRanges(HELD, 0, -1)));
      return new Set(ids.flat().flatMap((id) => jobIdOf(id) ?? []));
    },
    async remove(jobId) {
      for (const queue of queues) {
        const ids = await queue.getRanges([...WAITING, 'delayed'], 0, -1);
        for (const id of ids) if (jobIdOf(id) === jobId) await queue.remove(id);
      }
    },
    async counts() {
      const pairs = await Promise.all(lanes.map(async (lane) => [lane, await countsOf(byLane.get(lane))]));
      return Object.fromEntries(pairs) as Record<Lane, LaneCounts>;
    },
    async closeWorkers(yielding) {
      const closing = workers.map((worker) => worker.close());
      yielding();
      await Promise.all(closing);
    },
    async closeQueues() {
      await Promise.all(queues.map((queue) => queue.close()));
    },
  };
}

async function countsOf(queue: Queue | undefined): Promise<LaneCounts> {
  const counts = (await queue?.getJobCounts(...HELD, 'failed', 'completed')) ?? {};
  const sum = (types: readonly string[]) => types.reduce((all, type) => all + (counts[type] ?? 0), 0);
  return {
    waiting: sum(WAITING),
    active: sum(['active']),
    delayed: sum(['delayed']),
    failed: sum(['failed']),
    completed: sum(['completed']),
  };
}
