import { z } from 'zod';

/** An error that is part of an answer, in short. */
export const errorShape = z.object({ code: z.string(), message: z.string(), hint: z.string() });
