import { build, type RunningService } from '#cli/service/service.ts';
import { type StatusView, statusViewSchema } from '#console/view/status.ts';
import { loadConfig } from '#kernel/config.ts';
import { createLogger } from '#kernel/logger.ts';
import type { JobView } from '#sync-jobs/services/job-view.ts';
import { waitForHistory } from './linked.ts';
import { until } from './service.ts';
import type { World } from './world.ts';

/** A service within the test's own process, with its engines in theirs: quick, and with everything within reach. */
export interface InProcess extends RunningService {
  /** `kill -9` of an engine process. */
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
  const settings = { TANDEM_PORT: '0', ...world.env, ...env, TANDEM_DATA_DIR: world.dataDir };
  const logger = createLogger({ level: 'silent', program: 'test' });
  const log = { logger, forward: () => undefined, file: null };
  const building = await build({ config: loadConfig(settings), log, env: { ...process.env, ...settings } });
  const run = await building.open();
  const status = async (): Promise<StatusView> =>
    statusViewSchema.parse(await (await fetch(`${run.url}/api/status`)).json());
  await waitForHistory(world, {
    status,
    post: (path, body) =>
      fetch(`${run.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-tandem-console': '1' },
        body: JSON.stringify(body),
      }),
  });

  const job = (id: string) => run.services.jobs.get({ job_id: id }, OWNER);
  const jobIs: InProcess['jobIs'] = async (id, isSo, what, limitMs = JOB_LIMIT_MS) => {
    let last: JobView | null = null;
    return until(
      async () => {
        last = await job(id);
        return isSo(last) ? last : null;
      },
      what,
      limitMs,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; the job is ${JSON.stringify(last)}`);
    });
  };
  return {
    ...run,
    killEngine: (name) => {
      const found = run.orchestrator.processes().find(({ engine }) => name === undefined || engine === name);
      if (found?.pid != null) process.kill(found.pid, 'SIGKILL');
    },
    job,
    jobIs,
    ended: (id, limitMs) => jobIs(id, ({ ended }) => ended, 'end of the job', limitMs),
  };
}
