import type { JobRecord } from '#history/contracts/jobs.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Lane } from './queue/port.ts';

/** Jobs that stand in line in this process, so that a long one lets go of its lane for what somebody asks for now. */
export interface Rivals {
  /** Told of every change of a row. */
  note(job: JobRecord): void;
  /** Somebody with a higher priority waits for the same lane. */
  isOvertaken(job: Pick<JobRecord, 'id' | 'kind' | 'priority'>): boolean;
}

/** Whoever has not begun by then will not soon, whoever makes room. */
const PATIENCE_MS = 10_000;

export function createRivals(laneOf: (kind: JobRecord['kind']) => Lane, clock: Clock): Rivals {
  const now = () => clock.steady?.() ?? clock.now();
  const inLine = new Map<
    string,
    { readonly lane: Lane; readonly priority: number; readonly sinceMs: number }
  >();
  return {
    note: ({ id, kind, priority, state }) => {
      if (state === 'queued') inLine.set(id, { lane: laneOf(kind), priority, sinceMs: now() });
      else inLine.delete(id);
    },
    isOvertaken: (job) => {
      const lane = laneOf(job.kind);
      for (const [id, rival] of inLine) {
        if (now() - rival.sinceMs > PATIENCE_MS) inLine.delete(id);
        else if (rival.lane === lane && rival.priority > job.priority) return true;
      }
      return false;
    },
  };
}
