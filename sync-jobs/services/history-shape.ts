import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { backfillStates } from '#history/contracts/backfills.ts';
import { jobStates } from '#history/contracts/jobs.ts';
import { timeShape } from './job-shape.ts';

/** How far the older history of one chat has come, as tools, routes and the command line show it. */
export const checkpointShape = z.object({
  chat_jid: z.string(),
  chat_name: z.string().optional(),
  status: z.enum(backfillStates),
  reason: z.string().optional(),
  hint: z.string().optional(),
  /** The job that works on it or did last; absent when it is another caller's. */
  job_id: z.string().optional(),
  pages: z.number(),
  messages_fetched: z.number(),
  messages_added: z.number(),
  messages_deduplicated: z.number(),
  oldest_reached: timeShape.optional(),
  last_answer: z.string().optional(),
  last_engine: engineNameSchema.optional(),
  next_attempt_at: timeShape.optional(),
  updated_at: timeShape,
});
export type CheckpointView = Readonly<z.infer<typeof checkpointShape>>;

/** A job that fetches history, as a status shows it. Without its id for whoever did not begin it. */
export const historyRunShape = z.object({
  job_id: z.string().optional(),
  status: z.enum(jobStates),
  reason: z.string().optional(),
  hint: z.string().optional(),
  chats: z.number().optional(),
  chats_ended: z.number().optional(),
  progress_percent: z.number().optional(),
  messages_fetched: z.number(),
  messages_added: z.number(),
  /** Absent until there is one. */
  messages_per_second: z.number().optional(),
  /** Absent until it can be told from what was done, and while the job waits. */
  expected_end: timeShape.optional(),
  next_attempt_at: timeShape.optional(),
});
export type HistoryRun = Readonly<z.infer<typeof historyRunShape>>;
