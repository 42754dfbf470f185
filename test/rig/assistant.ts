import assert from 'node:assert/strict';
import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { z } from 'zod';
import { type ErrorBody, type ErrorCode, errorBodySchema } from '#kernel/errors.ts';
import type { Tool } from '#mcp/tool.ts';
import type { ToolServices } from '#mcp/tools/shared/services.ts';
import type { Service } from './service.ts';

type AnyTool<I extends z.ZodObject, O extends z.ZodObject> = Tool<ToolServices, I, O>;

/** A real MCP client of one protocol family, connected to a running service. */
export interface Assistant {
  readonly toolNames: readonly string[];
  /** What the tool answers; fails unless it succeeds. Other names of the tool go into `as`. */
  call<I extends z.ZodObject, O extends z.ZodObject>(
    tool: AnyTool<I, O>,
    args: z.input<I>,
    as?: string,
  ): Promise<z.output<O>>;
  /** The same with arguments as other servers name them. */
  callLoosely<O extends z.ZodObject>(
    tool: AnyTool<z.ZodObject, O>,
    args: Readonly<Record<string, unknown>>,
    as?: string,
  ): Promise<z.output<O> & { readonly images: number }>;
  /** The answer together with how it came about. */
  answer<I extends z.ZodObject, O extends z.ZodObject>(
    tool: AnyTool<I, O>,
    args: z.input<I>,
  ): Promise<{ readonly data: z.output<O>; readonly meta: AnswerMeta }>;
  /** The error that the call ends with, which must have this code. */
  refuses(code: ErrorCode, tool: string, args?: Readonly<Record<string, unknown>>): Promise<Refusal>;
  /** Success with its data, or the error: for calls that may end either way. */
  attempt(tool: string, args: Readonly<Record<string, unknown>>): Promise<Outcome>;
  readResource(uri: string): Promise<unknown>;
  close(): Promise<void>;
}

export type Refusal = ErrorBody;

const metaSchema = z.looseObject({
  engine: z.string().optional(),
  attempts: z.number().optional(),
  degraded: z.boolean().optional(),
  duration_ms: z.number(),
});
export type AnswerMeta = z.infer<typeof metaSchema>;

export type Outcome =
  | { readonly ok: true; readonly data: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly error: Refusal };

const blocksSchema = z.array(z.looseObject({ type: z.string(), text: z.string().optional() }));
const outcomeSchema = z.union([
  z.looseObject({ ok: z.literal(true) }),
  z.strictObject({ ok: z.literal(false), error: errorBodySchema }),
]);

export type Era = '2025' | '2026';

export async function connectAssistant(service: Pick<Service, 'url'>, era: Era = '2025'): Promise<Assistant> {
  const url = new URL(`${service.url}/mcp`);
  const client = era === '2025' ? await connectV1(url) : await connectV2(url);
  // From now on the client holds results against the output schemas that were advertised.
  const { tools } = await client.listTools();

  const raw = async (name: string, args: Readonly<Record<string, unknown>>) => {
    const result = await client.callTool({ name, arguments: { ...args } });
    const structured = outcomeSchema.parse(result.structuredContent);
    const blocks = blocksSchema.parse(result.content);
    const text = blocks.findLast(({ type }) => type === 'text')?.text ?? '';
    assert.deepEqual(JSON.parse(text), result.structuredContent, 'old clients read the same from the text');
    assert.equal(result.isError ?? false, !structured.ok);
    return { structured, images: blocks.filter(({ type }) => type === 'image').length };
  };

  const succeed = async <O extends z.ZodObject>(
    tool: AnyTool<z.ZodObject, O>,
    args: Readonly<Record<string, unknown>>,
    as: string,
  ) => {
    const { structured, images } = await raw(as, args);
    assert.ok(structured.ok, `${as}: ${JSON.stringify(structured)}`);
    const { ok: _ok, meta, ...fields } = structured;
    return {
      meta: metaSchema.parse(meta),
      data: z.strictObject(tool.output.shape).parse(fields) as z.output<O>,
      images,
    };
  };

  return {
    toolNames: tools.map(({ name }) => name),
    call: async (tool, args, as = tool.name) => (await succeed(tool, args, as)).data,
    callLoosely: async (tool, args, as = tool.name) => {
      const { data, images } = await succeed(tool, args, as);
      return { ...data, images };
    },
    answer: async (tool, args) => {
      const { data, meta } = await succeed(tool, args, tool.name);
      return { data, meta };
    },
    refuses: async (code, tool, args = {}) => {
      const { structured } = await raw(tool, args);
      assert.ok(!structured.ok, `${tool} did not fail: ${JSON.stringify(structured)}`);
      assert.equal(structured.error.code, code, JSON.stringify(structured.error));
      return structured.error;
    },
    attempt: async (tool, args) => {
      const { structured } = await raw(tool, args);
      return structured.ok ? { ok: true, data: structured } : structured;
    },
    readResource: async (uri) => {
      const { contents } = await client.readResource({ uri });
      const [only] = z.array(z.object({ text: z.string() })).parse(contents);
      return JSON.parse(only?.text ?? 'null');
    },
    close: () => client.close(),
  };
}

async function connectV1(url: URL): Promise<Client> {
  const client = new Client({ name: 'e2e', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(url));
  return client;
}

async function connectV2(url: URL): Promise<ModernClient> {
  const client = new ModernClient({ name: 'e2e', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new ModernTransport(url));
  return client;
}
