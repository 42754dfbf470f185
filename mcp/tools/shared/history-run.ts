import { z } from 'zod';
import { jobStates } from '#history/contracts/jobs.ts';

/** A job that fetches history, as a status shows it. */
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
  messages_per_second: z.number(),
  expected_end: z.string().optional(),
  next_attempt_at: z.string().optional(),
});
