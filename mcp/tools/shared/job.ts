import { z } from 'zod';
import { itemStates, jobKinds, jobStates } from '#history/contracts/jobs.ts';
import type { ToolContext, ToolProgress } from '#mcp/tool.ts';
import type { HistoryFacts } from '#sync-jobs/backfill/progress.ts';
import type { JobView } from '#sync-jobs/services/job-view.ts';
import { brief } from './brief.ts';
import { errorShape } from './error-shape.ts';
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

const counts = z.record(z.string(), z.unknown());

/** A job as every tool shows it. */
export const jobFields = {
  job_id: z.string(),
  kind: z.enum(jobKinds),
  status: z.enum(jobStates),
  ended: z.boolean(),
  reason: z.string().optional(),
  hint: z.string().optional(),
  done: z.number(),
  total: z.number().optional(),
  progress_percent: z.number().optional(),
  next_attempt_at: z.string().optional(),
  /** What this kind of job counts. */
  facts: counts.optional(),
  result: counts.optional(),
  error: errorShape.optional(),
  parent_job_id: z.string().optional(),
  created_at: z.string(),
  started_at: z.string().optional(),
  updated_at: z.string(),
  ended_at: z.string().optional(),
};

/** A job that a tool began: `reused` = the same request ran already, this is that job. */
export const startedFields = { ...jobFields, reused: z.boolean(), next: z.string().optional() };

export const jobShape = z.object(jobFields);

export const itemShape = z.object({
  chat_jid: z.string().optional(),
  chat_name: z.string().optional(),
  message_id: z.string().optional(),
  status: z.enum(itemStates),
  reason: z.string().optional(),
  hint: z.string().optional(),
  done: z.number(),
  total: z.number().optional(),
  result: z.unknown().optional(),
});
export const briefItems = z.array(brief(itemShape));

/** Answers to the errors that every tool with a job_id has. */
export const jobErrors = ['JOB_NOT_FOUND'] as const;

type Context = Pick<ToolContext<ToolServices>, 'services' | 'principal' | 'signal' | 'progress'>;

/** Waits for the end of a job, telling the caller how far it is; the answer is the job as it is then. */
export async function follow(job: JobView, waitSeconds: number, context: Context): Promise<JobView> {
  if (waitSeconds === 0 || job.ended) return job;
  const { services, principal, signal, progress } = context;
  return services.jobs.get({ job_id: job.job_id, wait_s: waitSeconds }, principal.id, {
    signal,
    onStep: (step) => progress(stepOf(step)),
  });
}

/** The reply of a tool that began a job or found it running. */
export async function startedReply(
  { reused, ...job }: JobView & { readonly reused: boolean },
  waitSeconds: number,
  context: Context,
) {
  const now = await follow(job, waitSeconds, context);
  return { data: { ...jobData(now), reused, next: nextOf(now) }, summary: summaryOf(now) };
}

/** The fields of a view as the schemas of the tools have them: JSON of the store is an object, or left out. */
export function jobData(job: JobView) {
  const { facts, result, ...fields } = job;
  return { ...fields, facts: objectOf(facts), result: objectOf(result) };
}

export function nextOf({ ended, status }: JobView): string | undefined {
  if (ended) return undefined;
  if (status === 'paused') return 'resume_sync with this job_id goes on.';
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
  const facts =
    job.kind === 'history' ? (objectOf(job.facts) as Partial<HistoryFacts> | undefined) : undefined;
  if (facts?.chats === undefined) {
    return total === undefined ? { done } : { done, total, message: `${done} of ${total}` };
  }
  const { chats, chats_ended = 0, messages_fetched = 0 } = facts;
  const message = `${chats_ended} of ${chats} chats, ${messages_fetched} messages fetched`;
  return chats < CHATS_TELL_ENOUGH
    ? { done: messages_fetched + chats_ended, message }
    : { done: chats_ended, total: chats, message };
}

function objectOf(json: unknown): Record<string, unknown> | undefined {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as Record<string, unknown>)
    : undefined;
}
