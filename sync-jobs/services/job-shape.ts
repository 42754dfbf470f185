import { z } from 'zod';
import { itemStates, jobKinds, jobStates } from '#history/contracts/jobs.ts';

/** ISO 8601 with offset. Shown to assistants as a string: the pattern would cost them more than it tells. */
export const timeShape = z.iso.datetime({ offset: true }).meta({ format: undefined, pattern: undefined });

const counts = z.record(z.string(), z.unknown());

/** A job as tools, routes, pages and the command line show it. No text of a message is in it. */
export const jobShape = z.object({
  job_id: z.string(),
  kind: z.enum(jobKinds),
  status: z.enum(jobStates),
  /** True when nothing more will happen to it by itself. */
  ended: z.boolean(),
  /** It was told to pause or to end, and a step is still under way. */
  stopping: z.boolean().optional(),
  /** Why it waits, or how it ended, as a code. */
  reason: z.string().optional(),
  /** The reason in words, and what to do. */
  hint: z.string().optional(),
  done: z.number(),
  total: z.number().optional(),
  /** 0–100; absent while the total is not known. */
  progress_percent: z.number().optional(),
  next_attempt_at: timeShape.optional(),
  /** What this kind of job counts; see HistoryFacts for `history`. */
  facts: counts.optional(),
  result: counts.optional(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string() }).optional(),
  parent_job_id: z.string().optional(),
  created_at: timeShape,
  started_at: timeShape.optional(),
  updated_at: timeShape,
  ended_at: timeShape.optional(),
});
export type JobView = Readonly<z.infer<typeof jobShape>>;

/** A job that a call began: `reused` = the same request ran already, this is that job. */
export const startedShape = jobShape.extend({ reused: z.boolean() });
export type Started = Readonly<z.infer<typeof startedShape>>;

/** A part of a job, named by its chat. */
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
export type JobItemView = Readonly<z.infer<typeof itemShape>>;
