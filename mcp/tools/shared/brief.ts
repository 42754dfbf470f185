import type { z } from 'zod';

/**
 * The same schema, but shown in tools/list by the names of its fields only. Results are still checked in full;
 * two dozen tools that each spell out the shape of a message would cost an assistant more than they tell it.
 */
export function brief<T extends z.ZodObject>(shape: T): T {
  return shape.meta({
    description: `Fields: ${Object.keys(shape.shape).join(', ')}.`,
    properties: undefined,
    required: undefined,
    additionalProperties: undefined,
  });
}
