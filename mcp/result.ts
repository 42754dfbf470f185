import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { type ErrorBody, errorBodySchema, type TandemError, toErrorBody } from '#kernel/errors.ts';
import type { LinkBlock, ToolReply } from './reply.ts';
import type { Tool } from './tool.ts';

const resultMetaSchema = z.object({
  engine: engineNameSchema.optional(),
  routed_from: engineNameSchema.optional(),
  attempts: z.int().nonnegative().optional(),
  duration_ms: z.number().nonnegative(),
  degraded: z.boolean().optional(),
  degraded_reason: z.string().optional(),
  freshness: z.string().optional(),
});

export const failureSchema = z.strictObject({ ok: z.literal(false), error: errorBodySchema });

/** The success result of a tool: `ok`, the tool's own fields, `meta`. */
export function successSchema(output: z.ZodObject): z.ZodObject {
  return z.object({ ok: z.literal(true), ...output.shape, meta: resultMetaSchema });
}

/** A tool's answer before a binder puts it on the wire. */
export interface ToolResult {
  readonly isError: boolean;
  readonly structured: Readonly<Record<string, unknown>>;
  readonly content: readonly ContentBlock[];
  readonly label: ContentLabel | null;
}

export type ContentBlock =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image' | 'audio'; readonly mimeType: string; readonly data: string }
  | ({ readonly type: 'resource_link' } & LinkBlock);

/** Under this key of `_meta` a result carries its label. */
export const RESULT_LABEL_KEY = 'tandem/label';

/** Tells hosts that label data flows where this came from. */
export interface ContentLabel {
  readonly integrity: 'untrusted';
  readonly confidentiality: 'private';
}

const UNTRUSTED: ContentLabel = Object.freeze({ integrity: 'untrusted', confidentiality: 'private' });

/**
 * Passes the reply through the tool's own schema, so that nothing leaves that the schema does not name.
 * Throws a ZodError when the tool returned something else than it promised.
 */
export function toSuccess<S>(
  tool: Tool<S>,
  schema: z.ZodObject,
  reply: ToolReply<unknown>,
  durationMs: number,
): ToolResult {
  const structured = schema.parse({
    ...(reply.data as object),
    ok: true,
    meta: { ...reply.meta, duration_ms: durationMs },
  });
  const content: ContentBlock[] = [];
  if (reply.summary !== undefined) content.push({ type: 'text', text: reply.summary });
  content.push({ type: 'text', text: toVisibleJson(structured) });
  for (const type of ['image', 'audio'] as const) {
    for (const { mimeType, base64 } of reply[type === 'image' ? 'images' : 'audio'] ?? []) {
      content.push({ type, mimeType, data: base64 });
    }
  }
  for (const link of reply.links ?? []) content.push({ type: 'resource_link', ...link });
  return { isError: false, structured, content, label: tool.untrusted ? UNTRUSTED : null };
}

export function toFailure(error: TandemError, moreHelp: string | null = null): ToolResult {
  const body = toErrorBody(error);
  const hint = moreHelp === null ? body.hint : `${body.hint} ${moreHelp}`;
  const structured: { ok: false; error: ErrorBody } = { ok: false, error: { ...body, hint } };
  return {
    isError: true,
    structured,
    content: [{ type: 'text', text: toVisibleJson(structured) }],
    label: null,
  };
}

/** Controls, bidirectional overrides, zero-width spaces and tag characters can hide instructions from a human reader. */
const HIDDEN_CHARACTERS =
  /[\u007f-\u009f\u200b\u202a-\u202e\u2060-\u2069\ufeff]|\u{e0001}|[\u{e0020}-\u{e007f}]/gu;

/** JSON with invisible characters escaped: parses to the same value, but shows what is there. */
export function toVisibleJson(value: unknown): string {
  return JSON.stringify(value).replace(HIDDEN_CHARACTERS, (found) =>
    Array.from(
      { length: found.length },
      (_, i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
