import { isRequest, type RpcMessage, type RpcRequest } from './messages.ts';

/** What the bridge keeps of the traffic, so that it can open a session again in the client's name. */
export interface SessionMemory {
  /** Null before the client's `initialize`. */
  readonly initialize: RpcRequest | null;
  /** True once the client said that it is ready. */
  readonly initialized: boolean;
  readonly protocolVersion: string | null;
  readonly subscribed: ReadonlySet<string>;
  /** True when carrying it out twice does no harm; a send must never be repeated on a guess. */
  isRepeatable(request: RpcRequest): boolean;
  sent(message: RpcMessage): void;
  answered(request: RpcMessage, answer: RpcMessage): void;
}

export function createSessionMemory(): SessionMemory {
  const subscribed = new Set<string>();
  const readOnlyTools = new Set<string>();
  let initialize: RpcRequest | null = null;
  let initialized = false;
  let protocolVersion: string | null = null;
  return {
    get initialize() {
      return initialize;
    },
    get initialized() {
      return initialized;
    },
    get protocolVersion() {
      return protocolVersion;
    },
    subscribed,
    isRepeatable: ({ method, params }) =>
      method !== 'tools/call' || (typeof params?.name === 'string' && readOnlyTools.has(params.name)),
    sent: (message) => {
      if (message.method === 'initialize' && isRequest(message)) initialize = message;
      if (message.method === 'notifications/initialized') initialized = true;
    },
    answered: (request, answer) => {
      const result = answer.result as Readonly<Record<string, unknown>> | undefined;
      if (result === undefined || answer.id !== request.id) return;
      if (request.method === 'initialize') protocolVersion = String(result.protocolVersion);
      if (request.method === 'tools/list' && Array.isArray(result.tools)) {
        for (const tool of result.tools as readonly ListedTool[]) {
          if (tool.annotations?.readOnlyHint) readOnlyTools.add(tool.name);
        }
      }
      const uri = request.params?.uri;
      if (typeof uri !== 'string') return;
      if (request.method === 'resources/subscribe') subscribed.add(uri);
      if (request.method === 'resources/unsubscribe') subscribed.delete(uri);
    },
  };
}

interface ListedTool {
  readonly name: string;
  readonly annotations?: { readonly readOnlyHint?: boolean };
}
