import { z } from 'zod';
import { type EngineName, engineNameSchema } from '#engines/contract/capability.ts';
import { type ErrorCode, errorBodySchema, TandemError, toTandemError } from '#kernel/errors.ts';
import { createLogger } from '#kernel/logger.ts';
import { createUpstream } from '#mcp/transports/bridge/upstream.ts';

/** How one call of the assistant ended. */
export interface Answer {
  readonly ok: boolean;
  readonly code: ErrorCode | null;
  /** Who served it; null = the store alone. */
  readonly engine: EngineName | null;
  /** Whose turn it was, when another one had to answer. */
  readonly routedFrom: EngineName | null;
  readonly attempts: number;
  readonly tookMs: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An assistant beside the service: it speaks MCP over HTTP, as any client does. */
export interface Assistant {
  call(tool: string, args: Readonly<Record<string, unknown>>): Promise<Answer>;
  close(): Promise<void>;
}

const CALL_LIMIT_MS = 60_000;
const PROTOCOL = '2025-06-18';

const metaSchema = z.looseObject({
  engine: engineNameSchema.optional(),
  routed_from: engineNameSchema.optional(),
  attempts: z.int().optional(),
});
const resultSchema = z.looseObject({
  ok: z.boolean(),
  meta: metaSchema.optional(),
  error: errorBodySchema.optional(),
});

export async function connectAssistant(url: string): Promise<Assistant> {
  const waiting = new Map<number, (line: string) => void>();
  const upstream = createUpstream({
    connection: {
      locate: () => Promise.resolve({ pid: process.pid, url, token: null, version: '' }),
      peek: () => Promise.resolve(null),
      forget: () => undefined,
    },
    deliver: (line) => {
      const { id } = z.looseObject({ id: z.number().optional() }).parse(JSON.parse(line));
      if (id !== undefined) waiting.get(id)?.(line);
    },
    logger: createLogger({ level: 'silent', program: 'assistant' }),
  });
  let ids = 0;

  const request = async (method: string, params: Readonly<Record<string, unknown>>): Promise<unknown> => {
    ids += 1;
    const id = ids;
    let answer: string | null = null;
    waiting.set(id, (line) => {
      answer = line;
    });
    try {
      const signal = AbortSignal.timeout(CALL_LIMIT_MS);
      await upstream.request({ jsonrpc: '2.0', id, method, params }, signal);
    } finally {
      waiting.delete(id);
    }
    const parsed = z.looseObject({ result: z.unknown() }).parse(JSON.parse(answer ?? '{}'));
    if (parsed.result === undefined) throw new TandemError('INTERNAL_ERROR', { details: { method } });
    return parsed.result;
  };

  await request('initialize', {
    protocolVersion: PROTOCOL,
    capabilities: {},
    clientInfo: { name: 'tandem-chaos-demo', version: '1' },
  });
  await upstream.notify({ jsonrpc: '2.0', method: 'notifications/initialized' });

  return {
    call: async (tool, args) => {
      const startedAt = performance.now();
      const taken = () => performance.now() - startedAt;
      try {
        const reply = await request('tools/call', { name: tool, arguments: args });
        const { structuredContent } = z.looseObject({ structuredContent: z.unknown() }).parse(reply);
        const result = resultSchema.parse(structuredContent);
        const { engine, routed_from, attempts } = result.meta ?? {};
        return {
          ok: result.ok,
          code: result.error?.code ?? null,
          engine: engine ?? null,
          routedFrom: routed_from ?? null,
          attempts: attempts ?? 1,
          tookMs: taken(),
          data: result,
        };
      } catch (thrown) {
        const { code } = toTandemError(thrown);
        return { ok: false, code, engine: null, routedFrom: null, attempts: 0, tookMs: taken(), data: {} };
      }
    },
    close: () => upstream.close(),
  };
}
