import { z } from 'zod';
import { chatAliases, chatArgument } from './shared/arguments.ts';
import { chatOrJob } from './shared/chat-or-job.ts';
import { defineTool } from './shared/define.ts';
import { maxMessagesArgument } from './shared/fetching.ts';
import { STEER } from './shared/hints.ts';
import { jobErrors, jobIdArgument, startedFields, startedReply, waitArgument } from './shared/job.ts';

export const resumeSync = defineTool({
  name: 'resume_sync',
  title: 'Go on with a job',
  description:
    'Goes on with a paused, interrupted, cancelled or failed job of any kind, from where it stopped: by its job_id, or by the chat whose history it fetched.',
  toolset: 'history',
  scope: 'wa:history',
  hints: STEER,
  untrusted: true,
  input: z.strictObject({
    job_id: jobIdArgument.optional(),
    chat: chatArgument.optional(),
    max_messages: maxMessagesArgument.describe(
      'How many messages at most, where a new job has to be made; one that goes on keeps its own limit.',
    ),
    wait_s: waitArgument(0),
  }),
  output: z.object(startedFields),
  argumentAliases: { ...chatAliases, id: 'job_id', sync_id: 'job_id', maxMessages: 'max_messages' },
  info: {
    whenToUse: 'After pause_job or cancel_sync, or when a job failed and its cause is mended.',
    examples: [
      { title: 'By its id', arguments: { job_id: 'job_0123456789abcdef01' } },
      { title: 'The history of one chat', arguments: { chat: 'Anna', max_messages: 2000 } },
    ],
    errors: [
      ...jobErrors,
      'JOB_ENDED',
      'NO_CHECKPOINT',
      'SYNC_IN_PROGRESS',
      'NO_ANCHOR_MESSAGE',
      'CHAT_NOT_FOUND',
      'RECIPIENT_AMBIGUOUS',
    ],
    related: ['pause_job', 'cancel_sync', 'fetch_history', 'get_sync_checkpoints'],
    pitfalls: ['A completed job is not resumed (JOB_ENDED): begin a new one for what came since.'],
  },
  run: async (args, context) => {
    const { services, principal } = context;
    const which = chatOrJob(args);
    const job =
      'job_id' in which
        ? { ...(await services.jobs.resume(which.job_id, principal.id)), reused: true }
        : await services.olderHistory.fetch(
            { ...which, resume: true, max_messages: args.max_messages },
            principal.id,
          );
    return startedReply(job, args.wait_s, context);
  },
});
