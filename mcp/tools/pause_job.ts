import { z } from 'zod';
import { jobShape } from '#sync-jobs/services/job-shape.ts';
import { defineTool } from './shared/define.ts';
import { STEER } from './shared/hints.ts';
import { jobErrors, jobIdArgument, nextOf } from './shared/job.ts';

export const pauseJob = defineTool({
  name: 'pause_job',
  title: 'Pause a job',
  description:
    'Lets a job of any kind rest where it is, at its next step. It keeps what it did, also over a restart; resume_sync goes on.',
  toolset: 'history',
  scope: 'wa:history',
  hints: STEER,
  input: z.strictObject({ job_id: jobIdArgument }),
  output: z.object({ ...jobShape.shape, next: z.string().optional() }),
  argumentAliases: { id: 'job_id', sync_id: 'job_id' },
  info: {
    whenToUse: 'When the phone or the line is needed for something else for a while.',
    examples: [{ title: 'Pause', arguments: { job_id: 'job_0123456789abcdef01' } }],
    errors: [...jobErrors, 'JOB_ENDED'],
    related: ['resume_sync', 'cancel_sync', 'get_job'],
    pitfalls: ['A step under way is finished first, so status may say running for a moment.'],
  },
  run: async ({ job_id }, { services, principal }) => {
    const job = await services.jobs.pause(job_id, principal.id);
    return { data: { ...job, next: nextOf(job) } };
  },
});
