import { z } from 'zod';
import type { Tool } from './tool.ts';

/** A tool as `tools/list` shows it; plain JSON. */
export interface ToolListing {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: ObjectSchema;
  readonly outputSchema: ObjectSchema;
  readonly annotations: {
    readonly title: string;
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
}

export type ObjectSchema = { readonly type: 'object' } & Readonly<Record<string, unknown>>;

/** The wire form of a tool. Throws when a schema has no JSON Schema equivalent. */
export function toListing<S>(tool: Tool<S>): ToolListing {
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: toJsonSchema(tool.input, 'input'),
    outputSchema: toOutputSchema(tool.output),
    annotations: {
      title: tool.title,
      readOnlyHint: tool.hints.readOnly,
      destructiveHint: tool.hints.destructive,
      idempotentHint: tool.hints.idempotent,
      openWorldHint: tool.hints.openWorld,
    },
  };
}

/**
 * Failures are part of the promise: today's clients check structured content against this schema
 * whether or not the call failed, and would otherwise hide the error code behind a complaint of their own.
 */
function toOutputSchema(output: z.ZodObject): ObjectSchema {
  const success = z.object({ ok: z.literal(true), ...output.shape, meta: z.looseObject({}) });
  return { type: 'object', anyOf: [toJsonSchema(success, 'output'), FAILURE] };
}

/** What a failure holds is the same for every tool, so it is said once, in the instructions of the server. */
const FAILURE = Object.freeze({
  properties: { ok: { const: false }, error: { type: 'object' } },
  required: ['ok', 'error'],
});

function toJsonSchema(schema: z.ZodObject, io: 'input' | 'output'): ObjectSchema {
  // The dialect is the protocol's default, so it need not be named 30 times.
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => {
      // Every zod integer carries the safe-integer bounds; they tell a reader nothing.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
  return json as ObjectSchema;
}
