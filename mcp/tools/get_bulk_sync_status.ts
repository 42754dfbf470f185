import { z } from 'zod';
import { itemStates } from '#history/contracts/jobs.ts';
import { jobShape } from '#sync-jobs/services/job-shape.ts';
import { defineTool } from './shared/define.ts';
import { OWN_READ } from './shared/hints.ts';
import {
  briefItems,
  jobErrors,
  jobIdArgument,
  lookAt,
  nextOf,
  summaryOf,
  waitArgument,
} from './shared/job.ts';

/** A job over more chats than that is looked at with get_job, by state. */
const CHATS_MAX = 500;
const NONE = { queued: 0, running: 0, done: 0, failed: 0, skipped: 0, cancelled: 0 };

export const getBulkSyncStatus = defineTool({
  name: 'get_bulk_sync_status',
  title: 'How each chat of a job does',
  description:
    'Shows for every chat of a job whether it waits, runs, is done or failed, and the sums of all.',
  toolset: 'history',
  scope: 'wa:read',
  hints: OWN_READ,
  untrusted: true,
  input: z.strictObject({ job_id: jobIdArgument, wait_s: waitArgument(0) }),
  output: z.object({
    ...jobShape.shape,
    totals: z.record(z.enum(itemStates), z.number()),
    chats: briefItems,
    has_more: z.boolean(),
    next: z.string().optional(),
  }),
  argumentAliases: { id: 'job_id', sync_id: 'job_id' },
  info: {
    whenToUse: 'After fetch_history_bulk, or after marking a community as read.',
    examples: [{ title: 'Each chat', arguments: { job_id: 'job_0123456789abcdef01' } }],
    errors: [...jobErrors],
    related: ['fetch_history_bulk', 'get_job', 'resume_sync'],
    pitfalls: ['Chats are listed once the job has begun; before that the list is empty.'],
  },
  run: async (request, context) => {
    const {
      items = [],
      totals,
      ...job
    } = await lookAt({ ...request, items: [], items_limit: CHATS_MAX }, context);
    return {
      data: {
        ...job,
        totals: { ...NONE, ...totals },
        chats: items.map((item) => ({ ...item })),
        has_more: Object.values(totals ?? {}).reduce((sum, n) => sum + n, 0) > items.length,
        next: nextOf(job),
      },
      summary: summaryOf(job),
    };
  },
});
