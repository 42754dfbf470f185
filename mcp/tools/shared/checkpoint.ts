import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { backfillStates } from '#history/contracts/backfills.ts';

/** How far the older history of one chat has come, as every tool shows it. */
export const checkpointShape = z.object({
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
  oldest_reached: z.string().optional(),
  last_answer: z.string().optional(),
  last_engine: engineNameSchema.optional(),
  next_attempt_at: z.string().optional(),
  updated_at: z.string(),
});
