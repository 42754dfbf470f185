import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { recoveryModes } from '#orchestrator/services/ports.ts';

const WAIT_MAX_SECONDS = 20;

export const waitSecondsArgument = z
  .int()
  .min(0)
  .max(WAIT_MAX_SECONDS)
  .default(0)
  .describe(`Wait so long for the end, up to ${WAIT_MAX_SECONDS}; 0 returns at once.`);

/** What is known of something that was started to bring an engine back. */
export const recoveryOutput = z.object({
  job_id: z.string(),
  status: z.enum(['started', 'done']),
  engine: engineNameSchema,
  mode: z.enum(recoveryModes),
});
