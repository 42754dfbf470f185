import type { JobKind, JobRecord, JobStore } from '#history/contracts/jobs.ts';
import type { Clock } from '#kernel/clock.ts';
import { toTandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { createEmitter } from '#orchestrator/emitter.ts';
import type { JobQueue, Lane } from './queue/port.ts';

/** Hands rows over to the queue, and tells whoever listens what became of them. */
export interface Desk {
  /** Puts the id into its lane, at once or when the row says. A queue that is away is no error: it gets everything once it is back. */
  handOver(job: Pick<JobRecord, 'id' | 'kind' | 'priority' | 'nextTurnAtMs'>, soon?: boolean): Promise<void>;
  /** Takes it out of the queue; a turn that runs in this process ends at once. */
  halted(job: Pick<JobRecord, 'id'>): Promise<void>;
  tell(job: JobRecord): void;
  /** Nothing that waits can begin until the queue is back. */
  isQueueAway(): boolean;
  onChange(listener: (job: JobRecord) => void): () => void;
  /** Resolves at the next change of this job in this process, or after the time, or when the signal aborts. */
  change(id: string, waitMs: number, signal?: AbortSignal): Promise<void>;
}

/** BullMQ takes smaller numbers first, and none below 1. */
const PRIORITY_MIDDLE = 1_000;

export interface DeskDeps {
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly laneOf: (kind: JobKind) => Lane;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createDesk({ store, queue, laneOf, clock, logger }: DeskDeps): Desk {
  const changes = createEmitter<JobRecord>(logger);
  return {
    handOver: async (job, soon = true) => {
      const delayMs = soon ? 0 : Math.max(0, (job.nextTurnAtMs ?? 0) - clock.now());
      const turn = await store.nextTurn(job.id);
      // Not awaited: the embedded queue takes a while to start, and the caller has its answer already.
      queue
        .enqueue({
          lane: laneOf(job.kind),
          jobId: job.id,
          turn,
          priority: Math.max(1, PRIORITY_MIDDLE - job.priority),
          label: job.kind,
          ...(delayMs === 0 ? {} : { delayMs }),
        })
        .catch((error: unknown) => {
          logger.warn('job not handed over, the queue is away', {
            job: job.id,
            code: toTandemError(error).code,
          });
        });
    },
    halted: async ({ id }) => {
      await queue.remove(id).catch(() => undefined);
    },
    tell: changes.emit,
    isQueueAway: () => queue.health().state === 'down',
    onChange: changes.on,
    change: (id, waitMs, signal) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          stop();
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, Math.max(1, waitMs));
        const stop = changes.on((job) => {
          if (job.id === id) done();
        });
        signal?.addEventListener('abort', done, { once: true });
      }),
  };
}
