import { z } from 'zod';
import { checkpointShape } from '#sync-jobs/services/history-shape.ts';
import { itemShape, jobShape, startedShape, timeShape } from '#sync-jobs/services/job-shape.ts';

/**
 * What the routes of jobs answer, the page shows and the command line reads. Clients must bear fields that they do not know.
 * This one: `POST /api/jobs/:id/cancel`, `…/pause`, `…/resume`, `POST /api/history/cancel`.
 */
export const jobViewSchema = jobShape.extend({
  /** Of a job about one chat, where jobs are listed or looked at. */
  chat_jid: z.string().optional(),
  chat_name: z.string().optional(),
});
export type JobReply = Readonly<z.infer<typeof jobViewSchema>>;

/** `POST /api/history/retrieve` and `…/fetch`. */
export const startedViewSchema = startedShape.extend({
  /** `fetch` says which chat it took. */
  chat_jid: z.string().optional(),
  chat_name: z.string().optional(),
});
export type StartedReply = z.infer<typeof startedViewSchema>;

/** `GET /api/jobs/:id`; parts only when asked for with `items`. */
export const jobWithItemsSchema = jobViewSchema.extend({ items: z.array(itemShape).optional() });
export type JobWithItemsReply = z.infer<typeof jobWithItemsSchema>;

/** `asleep` = nothing to do, it wakes by itself; `down` = the store of the queue is away, jobs go on once it is back. */
export const queueViewSchema = z.object({
  backend: z.enum(['redis', 'embedded']),
  state: z.enum(['asleep', 'starting', 'up', 'down']),
  error: z.string().nullable(),
  since: timeShape,
  /** Queues that somebody paused outside of Tandem: their jobs stand still, and know nothing of it. Absent while there is none. */
  paused: z.array(z.string()).readonly().optional(),
});
export type QueueView = z.infer<typeof queueViewSchema>;

/** `GET /api/jobs`: newest first, children too. */
export const jobsViewSchema = z.object({ jobs: z.array(jobViewSchema), queue: queueViewSchema });
export type JobsReply = z.infer<typeof jobsViewSchema>;

/** `GET /api/history/checkpoints`: how far each chat has come, longest untouched first. */
export const checkpointsViewSchema = z.object({ checkpoints: z.array(checkpointShape) });
