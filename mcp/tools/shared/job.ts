import { z } from 'zod';
import type { ToolContext, ToolProgress } from '#mcp/tool.ts';
import type { HistoryFacts } from '#sync-jobs/backfill/progress.ts';
import type { JobWithParts } from '#sync-jobs/services/job-service.ts';
import { itemShape, type JobView, type Started, startedShape } from '#sync-jobs/services/job-shape.ts';
import { brief } from './brief.ts';
import type { ToolServices } from './services.ts';

/** A call must end long before clients give up, whatever the job takes. */
export const JOB_WAIT_MAX_SECONDS = 20;

export const jobIdArgument = z
  .string()
  .min(1)
  .max(100)
  .describe('job_id, as the tool that began it gave it.');

export const waitArgument = (fallback: number) =>
  z
    .int()
    .min(0)
    .max(JOB_WAIT_MAX_SECONDS)
    .default(fallback)
    .describe(`Seconds to wait for the end, up to ${JOB_WAIT_MAX_SECONDS}; 0 answers at once.`);

/** A job that a tool began, and what to call next. */
export const startedFields = { ...startedShape.shape, next: z.string().optional() };

export const briefItems = z.array(brief(itemShape));

/** Answers to the errors that every tool with a job_id has. */
export const jobErrors = ['JOB_NOT_FOUND'] as const;

type Context = Pick<ToolContext<ToolServices>, 'services' | 'principal' | 'signal' | 'progress'>;

/** Waits for the end of a job, telling the caller how far it is; the answer is the job as it is then. */
export async function follow(job: JobView, waitSeconds: number, context: Context): Promise<JobView> {
  if (waitSeconds === 0 || job.ended) return job;
  return lookAt({ job_id: job.job_id, wait_s: waitSeconds }, context);
}

/** The same for a job that is known by its id, with its parts where they are asked for. */
export function lookAt(
  request: Parameters<ToolServices['jobs']['get']>[0],
  { services, principal, signal, progress }: Context,
): Promise<JobWithParts> {
  return services.jobs.get(request, principal.id, { signal, onStep: (step) => progress(stepOf(step)) });
}

/** The reply of a tool that began a job or found it running. */
export async function startedReply({ reused, ...job }: Started, waitSeconds: number, context: Context) {
  const now = await follow(job, waitSeconds, context);
  return { data: { ...now, reused, next: nextOf(now) }, summary: summaryOf(now) };
}

export function nextOf({ ended, status }: Pick<JobView, 'ended' | 'status'>): string | undefined {
  if (ended) return undefined;
  if (status === 'paused')
    return 'resume_sync with this job_id goes on (tool set history); else cancel_sync, then begin the same again.';
  return `get_job with this job_id and wait_s ${JOB_WAIT_MAX_SECONDS} follows it. Do not begin it anew; the same call would join it.`;
}

export function summaryOf(job: JobView): string {
  const { message } = stepOf(job);
  return message === undefined
    ? `The job ${job.job_id} is ${job.status}.`
    : `The job ${job.job_id} is ${job.status}: ${message}.`;
}

/** Few chats hardly move for minutes; then the messages tell more. */
const CHATS_TELL_ENOUGH = 20;

/** How far a job is, in words and numbers that only grow. */
export function stepOf(job: JobView): ToolProgress {
  const { done, total } = job;
  const behind = historyBehind(job);
  if (behind !== null) return behind;
  const facts = job.kind === 'history' ? (job.facts as Partial<HistoryFacts> | undefined) : undefined;
  if (facts?.chats === undefined) {
    return total === undefined ? { done } : { done, total, message: `${done} of ${total}` };
  }
  const { chats, chats_ended = 0, messages_fetched = 0 } = facts;
  const message = `${chats_ended} of ${chats} chats, ${messages_fetched} messages fetched`;
  return chats < CHATS_TELL_ENOUGH
    ? { done: messages_fetched + chats_ended, message }
    : { done: chats_ended, total: chats, message };
}

/** Below what the first marked chat counts. */
const BEFORE_THE_FIRST = 0.99;

/** A community that waits for its history moves by what comes of that; null = it marks already, or nothing has come. */
function historyBehind({ kind, facts, total }: JobView): ToolProgress | null {
  if (kind !== 'mark-community' || facts?.phase !== 'history_sync') return null;
  const { chats, chats_ended = 0, messages_fetched = 0 } = (facts.history ?? {}) as Partial<HistoryFacts>;
  if (chats === undefined || chats === 0) return null;
  return {
    done: Math.min(BEFORE_THE_FIRST, chats_ended / chats),
    ...(total === undefined ? {} : { total }),
    message: `fetching history: ${chats_ended} of ${chats} chats, ${messages_fetched} messages fetched`,
  };
}
