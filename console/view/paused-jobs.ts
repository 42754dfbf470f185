import { laneOf } from '#sync-jobs/kinds/lanes.ts';
import type { JobView } from '#sync-jobs/services/job-shape.ts';

const WAITS: ReadonlySet<JobView['status']> = new Set(['queued', 'waiting', 'interrupted']);

export const QUEUE_PAUSED = 'queue-paused';
const HINT =
  'Somebody paused its queue outside of Tandem; it goes on once that is resumed, on the status page or at /queues.';

/** A job knows nothing of a queue that was paused elsewhere: without this it would say that its turn comes. */
export function sayPaused<Job extends JobView>(job: Job, paused: readonly string[]): Job {
  if (!WAITS.has(job.status) || !paused.includes(laneOf[job.kind])) return job;
  const { next_attempt_at: _, ...rest } = job;
  return { ...(rest as Job), reason: QUEUE_PAUSED, hint: HINT };
}
