import { z } from 'zod';
import { checkpointShape } from '#sync-jobs/services/history-shape.ts';
import { jobShape } from '#sync-jobs/services/job-shape.ts';
import { chatAliases, chatArgument } from './shared/arguments.ts';
import { chatOrJob } from './shared/chat-or-job.ts';
import { defineTool } from './shared/define.ts';
import { STEER } from './shared/hints.ts';
import { jobErrors, jobIdArgument } from './shared/job.ts';

export const cancelSync = defineTool({
  name: 'cancel_sync',
  title: 'Cancel a job',
  description:
    'Stops a job of any kind for good, at its next step: by its job_id, or by the chat whose history it fetches. What was done stays; resume_sync (tool set history) goes on from there, and so does fetching again.',
  toolset: 'session',
  scope: 'wa:history',
  hints: STEER,
  untrusted: true,
  input: z.strictObject({ job_id: jobIdArgument.optional(), chat: chatArgument.optional() }),
  output: z.object({ ...jobShape.shape, checkpoint: checkpointShape.optional() }),
  argumentAliases: { ...chatAliases, id: 'job_id', sync_id: 'job_id' },
  info: {
    whenToUse:
      'When a job is not wanted any more. To stop it for a while only, use pause_job (tool set history).',
    examples: [
      { title: 'By its id', arguments: { job_id: 'job_0123456789abcdef01' } },
      { title: 'The fetching of one chat', arguments: { chat: 'Anna' } },
    ],
    errors: [...jobErrors, 'JOB_ENDED', 'NO_ACTIVE_SYNC', 'CHAT_NOT_FOUND', 'RECIPIENT_AMBIGUOUS'],
    related: ['pause_job', 'resume_sync', 'get_job'],
    pitfalls: [
      'A chat that is one of many in a job cannot be cancelled alone: NO_ACTIVE_SYNC names the other job.',
      'A step under way is finished first, so status may say running for a moment.',
    ],
  },
  run: async (args, { services, principal }) => {
    const which = chatOrJob(args);
    if ('job_id' in which) {
      const job = await services.jobs.cancel(which.job_id, principal.id);
      return { data: job };
    }
    const { checkpoint, ...job } = await services.olderHistory.cancel(which, principal.id);
    return { data: { ...job, checkpoint } };
  },
});
