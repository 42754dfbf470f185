import { z } from 'zod';
import { coverageSources, gapReasons } from '#history/contracts/coverage.ts';

/** Times of a chat of which every message is stored; `from` absent = from its proven beginning. */
export const heldShape = z.object({
  from: z.string().optional(),
  to: z.string(),
  sources: z.array(z.enum(coverageSources)),
});

/** Times of a chat of which that is not so; `from` absent = from its beginning, wherever that is. */
export const missingShape = z.object({
  from: z.string().optional(),
  to: z.string(),
  reason: z.enum(gapReasons),
});
