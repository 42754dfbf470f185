import { Hono } from 'hono';
import { z } from 'zod';
import { itemStates, jobKinds, jobStates } from '#history/contracts/jobs.ts';
import type { JobView } from '#sync-jobs/services/job-shape.ts';
import { requireConsoleHeader } from '../auth.ts';
import type { ConsolePorts } from '../ports.ts';
import { queueView } from '../view/build-jobs.ts';
import { sayPaused } from '../view/paused-jobs.ts';
import { pausedElsewhere } from '../view/paused-queues.ts';
import { parseInput } from './body.ts';
import { wordsOf } from './query.ts';

const JOBS_DEFAULT = 50;
const JOBS_MAX = 500;
const ITEMS_DEFAULT = 100;
const ITEMS_MAX = 1_000;
/** Clients and proxies give up after half a minute. */
const WAIT_MAX_SECONDS = 25;

const listQuery = z.strictObject({
  status: wordsOf(jobStates),
  kind: z.enum(jobKinds).optional(),
  limit: z.coerce.number().int().min(1).max(JOBS_MAX).default(JOBS_DEFAULT),
});

const oneQuery = z.strictObject({
  wait_s: z.coerce.number().min(0).max(WAIT_MAX_SECONDS).optional(),
  /** States of the parts to list; `all` = every part. */
  items: z.union([z.literal('all').transform(() => []), wordsOf(itemStates)]),
  items_limit: z.coerce.number().int().min(1).max(ITEMS_MAX).default(ITEMS_DEFAULT),
});

/** The operator sees every job, whoever began it. */
const OPERATOR = null;

export function createJobRoutes({
  jobs,
  queue,
  chatOfJob,
}: Pick<ConsolePorts, 'jobs' | 'queue' | 'chatOfJob'>): Hono {
  const routes = new Hono();
  const named = async <Job extends JobView>(job: Job) => ({ ...job, ...(await chatOfJob(job.job_id)) });

  routes.get('/', async (context) => {
    const query = parseInput(listQuery, context.req.query());
    const [found, now] = await Promise.all([jobs.list(query, OPERATOR), queueView(queue)]);
    const told = await Promise.all(found.map(named));
    return context.json({ jobs: told.map((job) => sayPaused(job, now.paused ?? [])), queue: now });
  });

  routes.get('/:id', async (context) => {
    const query = parseInput(oneQuery, context.req.query());
    const request = { job_id: context.req.param('id'), ...query };
    const job = await jobs.get(request, OPERATOR, { signal: context.req.raw.signal });
    return context.json(sayPaused(await named(job), await pausedElsewhere(queue)));
  });

  for (const action of ['cancel', 'pause', 'resume'] as const) {
    routes.post(`/:id/${action}`, requireConsoleHeader, async (context) =>
      context.json(await jobs[action](context.req.param('id'), OPERATOR)),
    );
  }
  return routes;
}
