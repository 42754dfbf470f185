import { TandemError } from '#kernel/errors.ts';
import type { JobView } from '#sync-jobs/services/job-shape.ts';
import type { RunningService } from '../service/service.ts';

/** Jobs of the demo belong to it, as those of an assistant belong to the assistant. */
export const DEMO_OWNER = 'demo';
/** The account is small; a machine under load takes a multiple of the usual seconds. */
const JOB_LIMIT_SECONDS = 180;

/**
 * A newly linked device is handed only the newest part of each chat; the phone serves the rest page by page. Asks for all of
 * it by a job, as `tandem history fetch` does. What stays out is seen by the checks at the end, so nothing is thrown here.
 */
export async function fetchOlderHistory(
  service: RunningService,
  signal: AbortSignal,
  onStep: (job: JobView) => void = () => undefined,
): Promise<JobView> {
  const { job_id } = await service.services.olderHistory.retrieveAll({}, DEMO_OWNER);
  return finishJob(service, job_id, signal, onStep);
}

/** Until it has ended, or the demo is over: throws SHUTTING_DOWN then. */
export async function finishJob(
  { services }: RunningService,
  job_id: string,
  signal: AbortSignal,
  onStep: (job: JobView) => void = () => undefined,
): Promise<JobView> {
  const request = { job_id, wait_s: JOB_LIMIT_SECONDS };
  const job = await services.jobs.get(request, DEMO_OWNER, { signal, onStep });
  if (signal.aborted) throw new TandemError('SHUTTING_DOWN');
  return job;
}
