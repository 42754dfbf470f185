import type { RunningService } from '#cli/service/service.ts';
import { until } from '#kernel/testing/until.ts';
import type { JobView } from '#sync-jobs/services/job-shape.ts';
import { startEmbedded } from './embedded-service.ts';
import type { World } from './world.ts';

/** A service within the test's own process, with a few things that tests of jobs do all the time. */
export interface InProcess extends RunningService {
  /** `kill -9` of an engine process, the first one by default. */
  killEngine(name?: string): void;
  job(id: string): Promise<JobView>;
  /** Looks until the job is so; tells where it stands when that takes too long. */
  jobIs(id: string, isSo: (job: JobView) => boolean, what: string, limitMs?: number): Promise<JobView>;
  ended(id: string, limitMs?: number): Promise<JobView>;
}

/** Whoever asks in these tests. */
export const OWNER = 'local';
const JOB_LIMIT_MS = 30_000;

/** Starts the service, links what is not linked, and waits until all that was pushed is stored. */
export async function openLinked(world: World, env: Readonly<Record<string, string>>): Promise<InProcess> {
  const { running } = await startEmbedded(world, env);
  const job = (id: string) => running.services.jobs.get({ job_id: id }, OWNER);
  const jobIs: InProcess['jobIs'] = async (id, isSo, what, limitMs = JOB_LIMIT_MS) => {
    let last: JobView | null = null;
    const look = async () => {
      last = await job(id);
      return isSo(last) ? last : null;
    };
    return until(look, () => `${what} (the job is ${JSON.stringify(last)})`, limitMs);
  };
  return {
    ...running,
    killEngine: (name) => {
      const processes = running.orchestrator.processes();
      const found = processes.find(({ engine }) => name === undefined || engine === name);
      if (found?.pid != null) process.kill(found.pid, 'SIGKILL');
    },
    job,
    jobIs,
    ended: (id, limitMs) => jobIs(id, ({ ended }) => ended, 'end of the job', limitMs),
  };
}
