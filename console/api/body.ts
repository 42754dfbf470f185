import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import { TandemError, validationError } from '#kernel/errors.ts';

/** The bodies of these routes are a few dozen bytes. */
const BODY_MAX_BYTES = 4_096;

/** Refuses larger bodies with VALIDATION_ERROR. */
export const smallBody = bodyLimit({
  maxSize: BODY_MAX_BYTES,
  onError: () => {
    throw new TandemError('VALIDATION_ERROR', { details: { max_bytes: BODY_MAX_BYTES } });
  },
});

/** Throws VALIDATION_ERROR. */
export function parseBody<T extends z.ZodType>(schema: T, text: string): z.output<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new TandemError('VALIDATION_ERROR', { message: 'The body is not JSON.', cause });
  }
  return parseInput(schema, json);
}

/** Throws VALIDATION_ERROR. */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw validationError(parsed.error);
  return parsed.data;
}
