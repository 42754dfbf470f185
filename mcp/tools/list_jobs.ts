import { z } from 'zod';
import { jobKinds, jobStates } from '#history/contracts/jobs.ts';
import { jobShape } from '#sync-jobs/services/job-shape.ts';
import { limitArgument, pagingArguments } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { OWN_READ } from './shared/hints.ts';

export const listJobs = defineTool({
  name: 'list_jobs',
  title: 'List jobs',
  description: 'Lists the jobs that this caller began, newest first: what runs, waits, failed or is done.',
  toolset: 'history',
  scope: 'wa:read',
  hints: OWN_READ,
  input: z.strictObject({
    status: z
      .array(z.enum(jobStates))
      .max(jobStates.length)
      .optional()
      .describe('Only jobs in these states; all by default.'),
    kind: z.enum(jobKinds).optional().describe('Only jobs of this kind.'),
    limit: limitArgument(20, 200),
    cursor: pagingArguments.cursor,
  }),
  output: z.object({
    jobs: z.array(brief(jobShape)),
    count: z.number(),
    has_more: z.boolean(),
    next_cursor: z.string().optional(),
  }),
  argumentAliases: { states: 'status' },
  info: {
    whenToUse: 'To find a job again, or to see whether anything is under way.',
    examples: [
      { title: 'What is under way', arguments: { status: ['queued', 'running', 'waiting', 'interrupted'] } },
      { title: 'The last exports', arguments: { kind: 'export', limit: 5 } },
    ],
    errors: ['INVALID_CURSOR'],
    related: ['get_job', 'get_sync_status'],
    pitfalls: [
      'Jobs that ended days ago are removed; get_sync_checkpoints still tells how far each chat is.',
    ],
  },
  run: async ({ status, ...request }, { services, principal }) => {
    const some = status === undefined || status.length === 0 ? undefined : status;
    const { jobs, ...more } = await services.jobs.page({ status: some, ...request }, principal.id);
    const andMore = more.has_more ? ', and there are more' : '';
    return {
      data: { jobs: [...jobs], count: jobs.length, ...more },
      summary: `${jobs.length} jobs${andMore}.`,
    };
  },
});
