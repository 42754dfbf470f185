import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { backfillStates } from '#history/contracts/backfills.ts';
import { itemStates, jobKinds, jobStates } from '#history/contracts/jobs.ts';
import { errorBodySchema } from '#kernel/errors.ts';

/**
 * What the routes of jobs answer, the page shows and the command line reads. Times are ISO 8601 with offset.
 * Clients must bear fields that they do not know.
 */
const time = z.iso.datetime({ offset: true });
const counts = z.record(z.string(), z.unknown());

/** `POST /api/jobs/:id/cancel`, `…/pause`, `…/resume`, `POST /api/history/cancel`. */
export const jobViewSchema = z.object({
  job_id: z.string(),
  kind: z.enum(jobKinds),
  status: z.enum(jobStates),
  /** Nothing more will happen to it by itself. */
  ended: z.boolean(),
  /** Why it waits, or how it ended, as a code; `hint` says it in words. */
  reason: z.string().optional(),
  hint: z.string().optional(),
  done: z.number(),
  total: z.number().optional(),
  progress_percent: z.number().optional(),
  next_attempt_at: time.optional(),
  /** What this kind of job counts; see HistoryFacts for `history`. */
  facts: counts.optional(),
  result: counts.optional(),
  error: errorBodySchema.pick({ code: true, message: true, hint: true }).optional(),
  parent_job_id: z.string().optional(),
  created_at: time,
  started_at: time.optional(),
  updated_at: time,
  ended_at: time.optional(),
});
export type JobReply = z.infer<typeof jobViewSchema>;

/** `POST /api/history/retrieve` and `…/fetch`: `reused` = the same request ran already, this is that job. */
export const startedViewSchema = jobViewSchema.extend({ reused: z.boolean() });
export type StartedReply = z.infer<typeof startedViewSchema>;

/** `GET /api/jobs/:id`; parts only when asked for with `items`. */
export const jobWithItemsSchema = jobViewSchema.extend({
  items: z
    .array(
      z.object({
        chat_jid: z.string().optional(),
        chat_name: z.string().optional(),
        message_id: z.string().optional(),
        status: z.enum(itemStates),
        reason: z.string().optional(),
        hint: z.string().optional(),
        done: z.number(),
        total: z.number().optional(),
        result: z.unknown().optional(),
      }),
    )
    .optional(),
});
export type JobWithItemsReply = z.infer<typeof jobWithItemsSchema>;

/** `asleep` = nothing to do, it wakes by itself; `down` = the store of the queue is away, jobs go on once it is back. */
export const queueViewSchema = z.object({
  backend: z.enum(['redis', 'embedded']),
  state: z.enum(['asleep', 'starting', 'up', 'down']),
  error: z.string().nullable(),
  since: time,
});
export type QueueView = z.infer<typeof queueViewSchema>;

/** `GET /api/jobs`: newest first, children too. */
export const jobsViewSchema = z.object({ jobs: z.array(jobViewSchema), queue: queueViewSchema });
export type JobsReply = z.infer<typeof jobsViewSchema>;

/** `GET /api/history/checkpoints`: how far each chat has come, longest untouched first. */
export const checkpointsViewSchema = z.object({
  checkpoints: z.array(
    z.object({
      chat_jid: z.string(),
      chat_name: z.string().optional(),
      status: z.enum(backfillStates),
      reason: z.string().optional(),
      hint: z.string().optional(),
      job_id: z.string().optional(),
      pages: z.number(),
      messages_fetched: z.number(),
      messages_added: z.number(),
      messages_deduplicated: z.number(),
      oldest_reached: time.optional(),
      last_answer: z.string().optional(),
      last_engine: engineNameSchema.optional(),
      next_attempt_at: time.optional(),
      updated_at: time,
    }),
  ),
});
