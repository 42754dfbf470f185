import type { Job } from 'bullmq';
import { failureOf, jobIdOf, turnOf } from './entry.ts';
import type { TurnEnd, TurnHandler } from './port.ts';

/** A second turn of a job that still runs here looks again after this; the first one was told to stop or ends soon. */
const SAME_JOB_PAUSE_MS = 1_000;

interface RunningTurn {
  readonly entryId: string;
  readonly controller: AbortController;
  /** The job was removed: whatever the turn ends with, there is no next one. */
  removed: boolean;
}

/** The turns that run in this process. */
export interface Turns {
  readonly size: number;
  jobIds(): readonly string[];
  run(job: Job, token: string, handler: TurnHandler): Promise<void>;
  /** The job is not wanted any more. */
  remove(jobId: string): void;
  /** Others may have taken these entries over. */
  lose(entryIds: readonly string[]): void;
  /** All are to yield; from now on what BullMQ still hands out goes back at once. */
  closeAll(): void;
  /** All are to yield because the store is gone. */
  loseAll(): void;
}

export interface TurnEvents {
  started(entryId: string): void;
  delayed(job: Job, dueAtMs: number): void;
  ended(): void;
}

export function createTurns(events: TurnEvents): Turns {
  const running = new Map<string, RunningTurn>();
  let closing = false;

  async function postpone(job: Job, token: string, afterMs: number): Promise<never> {
    // BullMQ compares with the clock of the system, whatever clock the rest of the program has.
    const dueAtMs = Date.now() + Math.max(0, afterMs);
    await job.moveToDelayed(dueAtMs, token).catch((error: unknown) => {
      throw failureOf(error);
    });
    events.delayed(job, dueAtMs);
    // Loaded long ago: this job came from it.
    const { DelayedError } = await import('bullmq');
    throw new DelayedError();
  }

  async function take(turn: RunningTurn, jobId: string, handler: TurnHandler): Promise<TurnEnd> {
    try {
      return await handler(jobId, turn.controller.signal, turnOf(turn.entryId));
    } catch (error) {
      // A turn that was told to stop and stopped by throwing has not failed: the job goes on elsewhere.
      if (closing && turn.controller.signal.aborted) return { end: 'again', afterMs: 0 };
      throw failureOf(error);
    }
  }

  async function run(job: Job, token: string, handler: TurnHandler): Promise<void> {
    const entryId = job.id ?? '';
    const jobId = jobIdOf(entryId);
    if (jobId === null) return;
    events.started(entryId);
    if (closing) return postpone(job, token, 0);
    if (running.has(jobId)) return postpone(job, token, SAME_JOB_PAUSE_MS);
    const turn: RunningTurn = { entryId, controller: new AbortController(), removed: false };
    running.set(jobId, turn);
    try {
      const end = await take(turn, jobId, handler);
      if (end.end === 'again' && !turn.removed) await postpone(job, token, end.afterMs);
    } finally {
      running.delete(jobId);
      events.ended();
    }
  }

  function abortWhere(chosen: (turn: RunningTurn, jobId: string) => boolean): void {
    for (const [jobId, turn] of running) if (chosen(turn, jobId)) turn.controller.abort();
  }

  return {
    get size() {
      return running.size;
    },
    jobIds: () => [...running.keys()],
    run,
    remove(jobId) {
      const turn = running.get(jobId);
      if (turn === undefined) return;
      turn.removed = true;
      turn.controller.abort();
    },
    lose: (entryIds) => abortWhere((turn) => entryIds.includes(turn.entryId)),
    loseAll: () => abortWhere(() => true),
    closeAll() {
      closing = true;
      abortWhere(() => true);
    },
  };
}
