import { type TandemError, toErrorBody } from '#kernel/errors.ts';
import { toFailure } from '../../result.ts';

export type RpcId = string | number;

/** A JSON-RPC message as far as the bridge looks into it. */
export interface RpcMessage {
  readonly jsonrpc: '2.0';
  readonly id?: RpcId | null;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: unknown;
}

export type RpcRequest = RpcMessage & { readonly id: RpcId; readonly method: string };

const INTERNAL = -32_603;

/** Null for what is no JSON-RPC message. */
export function parseMessage(text: string): RpcMessage | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    return (value as { jsonrpc?: unknown }).jsonrpc === '2.0' ? (value as RpcMessage) : null;
  } catch {
    return null;
  }
}

export function isRequest(message: RpcMessage): message is RpcRequest {
  return message.method !== undefined && message.id !== undefined && message.id !== null;
}

export function answers(message: RpcMessage, request: RpcRequest): boolean {
  return message.id === request.id && (message.result !== undefined || message.error !== undefined);
}

const PROTOCOL_VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';

/** The revision that a message of the protocol without sessions claims; null for the sessionful one. */
export function claimedRevision(message: RpcMessage): string | null {
  const meta = message.params?._meta as Readonly<Record<string, unknown>> | undefined;
  const revision = meta?.[PROTOCOL_VERSION_KEY];
  return typeof revision === 'string' ? revision : null;
}

/** A failure of the bridge itself, in the form that the request's method calls for. */
export function failureAnswer(request: RpcRequest, error: TandemError): RpcMessage {
  const { jsonrpc, id } = request;
  if (request.method !== 'tools/call') {
    return { jsonrpc, id, error: { code: INTERNAL, message: error.message, data: toErrorBody(error) } };
  }
  const { content, structured } = toFailure(error);
  return {
    jsonrpc,
    id,
    result: {
      content,
      structuredContent: structured,
      isError: true,
      ...(claimedRevision(request) === null ? {} : { resultType: 'complete' }),
    },
  };
}
