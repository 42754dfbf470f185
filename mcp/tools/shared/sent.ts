import { z } from 'zod';
import { sendNotices } from '#orchestrator/services/send.ts';

/** What everything that is sent has in common. */
export const idempotencyKeyArgument = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .describe('The same key never sends twice; a repeat returns the first result.');

export const waitForArgument = z
  .enum(['server', 'delivered'])
  .default('server')
  .describe('delivered: wait up to 15 s for the other phone; notice says when that was not enough.');

export const sentFields = {
  sent: z.boolean(),
  message_id: z.string().optional(),
  chat_jid: z.string(),
  chat_name: z.string().optional(),
  timestamp: z.string().optional(),
  status: z.enum(['pending', 'sent', 'delivered', 'read']).optional(),
  deduplicated: z.boolean(),
  notice: z.enum(sendNotices).optional(),
  idempotency_key: z.string().optional(),
};
