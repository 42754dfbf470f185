import { entryIdOf } from './entry.ts';
import type { QueuedJob } from './port.ts';

export interface ParkedJob {
  readonly job: QueuedJob;
  readonly dueAtMs: number;
}

/**
 * Remembers what is delayed, so that a store in memory can be dropped while all that is left to do is far away.
 * Ids and times only.
 */
export interface Parking {
  note(job: QueuedJob, dueAtMs: number): void;
  forget(entryId: string): void;
  forgetJob(jobId: string): void;
  clear(): void;
  all(): readonly ParkedJob[];
  /** Null = nothing is delayed. */
  nextDueAtMs(): number | null;
}

export function createParking(): Parking {
  const parked = new Map<string, ParkedJob>();
  return {
    note: (job, dueAtMs) => void parked.set(entryIdOf(job.jobId, job.turn), { job, dueAtMs }),
    forget: (entryId) => void parked.delete(entryId),
    forgetJob(jobId) {
      for (const [entryId, { job }] of parked) if (job.jobId === jobId) parked.delete(entryId);
    },
    clear: () => parked.clear(),
    all: () => [...parked.values()],
    nextDueAtMs: () =>
      parked.size === 0 ? null : Math.min(...[...parked.values()].map(({ dueAtMs }) => dueAtMs)),
  };
}
