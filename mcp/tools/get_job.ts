import { z } from 'zod';
import { itemStates } from '#history/contracts/jobs.ts';
import { jobShape } from '#sync-jobs/services/job-shape.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { exportShape } from './shared/export-shape.ts';
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

const ITEMS_MAX = 500;

export const getJob = defineTool({
  name: 'get_job',
  title: 'How far a job is',
  description:
    'Shows how far a job is, of any kind: fetching history, marking as read, exports. Waits up to 20 s for its end with wait_s, and answers earlier when it ends; call again while ended is false.',
  toolset: 'session',
  scope: 'wa:read',
  hints: OWN_READ,
  untrusted: true,
  input: z.strictObject({
    job_id: jobIdArgument,
    wait_s: waitArgument(0),
    items: z
      .array(z.enum(itemStates))
      .max(itemStates.length)
      .optional()
      .describe('Lists its parts too (chats, files): those in these states, all with [].'),
    items_limit: z.int().min(1).max(ITEMS_MAX).default(100).describe(`How many parts, up to ${ITEMS_MAX}.`),
  }),
  output: z.object({
    ...jobShape.shape,
    items: briefItems.optional(),
    parts: z.record(z.enum(itemStates), z.number()).optional(),
    export: brief(exportShape).optional(),
    next: z.string().optional(),
  }),
  argumentAliases: { id: 'job_id', sync_id: 'job_id', wait_seconds: 'wait_s' },
  info: {
    whenToUse: 'After a tool has answered with a job_id that has not ended.',
    examples: [
      { title: 'Wait for the end', arguments: { job_id: 'job_0123456789abcdef01', wait_s: 20 } },
      { title: 'What failed', arguments: { job_id: 'job_0123456789abcdef01', items: ['failed'] } },
    ],
    errors: [...jobErrors],
    related: ['list_jobs', 'cancel_sync', 'resume_sync', 'pause_job'],
    pitfalls: [
      'status waiting is no failure: reason and hint say for what, next_attempt_at when it goes on.',
      'Jobs go on without anybody looking; nothing has to be called to keep them alive.',
    ],
  },
  run: async (request, context) => {
    const { items, totals, ...job } = await lookAt(request, context);
    return {
      data: {
        ...job,
        items: items?.map((item) => ({ ...item })),
        parts: totals === undefined ? undefined : { ...totals },
        export: context.services.exportLinks.of(job) ?? undefined,
        next: nextOf(job),
      },
      summary: summaryOf(job),
    };
  },
});
