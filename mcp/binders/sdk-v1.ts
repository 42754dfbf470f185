import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import {
  CallToolRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  type ListToolsResult,
  McpError,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { errorBodySchema, toErrorBody, toTandemError } from '#kernel/errors.ts';
import type { Registry } from '../registry.ts';
import type { Principal } from '../tool.ts';
import {
  NO_SUCH_RESOURCE,
  serverIdentity,
  TOO_MANY_SUBSCRIPTIONS,
  toCallResult,
  unusedValidator,
} from './common.ts';
import { createSubscriptions } from './subscriptions.ts';

/** One client of the sessionful protocol (2024-10-07 … 2025-11-25). */
export interface V1Session {
  readonly id: string;
  handle(request: Request, parsedBody: unknown): Promise<Response>;
  close(): Promise<void>;
}

export interface V1SessionOptions {
  readonly registry: Registry;
  readonly principal: Principal;
  readonly newId: () => string;
  readonly keepAliveMs: number;
  /** Called once when the session has ended, by the client or by `close`. */
  readonly onEnd: () => void;
}

/** Codes of the protocol for what has no TandemError of its own. */
const RESOURCE_NOT_FOUND = -32_002;
const INTERNAL = -32_603;
const INVALID_REQUEST = -32_600;

/**
 * Builds a session around its first request, which must be `initialize`. The id is known only after that
 * request was handled: `start` returns the session together with the answer, or null when it was refused.
 */
export async function openV1Session(
  options: V1SessionOptions,
  request: Request,
  parsedBody: unknown,
): Promise<{ readonly session: V1Session | null; readonly response: Response }> {
  const { server, clear } = createServer(options.registry, options.principal);
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: options.newId,
    keepAliveMs: options.keepAliveMs,
  });
  let ended = false;
  server.onclose = () => {
    if (ended) return;
    ended = true;
    clear();
    options.onEnd();
  };
  await server.connect(transport);
  const response = await transport.handleRequest(request, { parsedBody });
  const id = transport.sessionId;
  if (id === undefined) {
    await server.close();
    return { session: null, response };
  }
  return {
    response,
    session: {
      id,
      handle: (next, body) => transport.handleRequest(next, body === undefined ? {} : { parsedBody: body }),
      close: () => server.close(),
    },
  };
}

function createServer(registry: Registry, principal: Principal) {
  const server = new Server(serverIdentity(registry), {
    instructions: registry.instructions,
    capabilities: {
      tools: {},
      resources: { subscribe: true },
      // Some gateways drop a server that does not know these methods, so they answer with nothing.
      prompts: {},
      logging: {},
    },
    jsonSchemaValidator: unusedValidator,
  });
  const subscriptions = createSubscriptions({
    registry,
    principal,
    updated: (uri) => {
      // A client that went away is noticed by its transport, not here.
      server.sendResourceUpdated({ uri }).catch(() => undefined);
    },
  });

  const tools = { tools: registry.listTools() } as unknown as ListToolsResult;
  server.setRequestHandler(ListToolsRequestSchema, () => tools);
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const progressToken = params._meta?.progressToken;
    const result = await registry.callTool({
      name: params.name,
      args: params.arguments ?? {},
      principal,
      era: '2025',
      signal: extra.signal,
      progress:
        progressToken === undefined
          ? null
          : ({ done, total, message }) => {
              const step = { progressToken, progress: done, total, message };
              extra
                .sendNotification({ method: 'notifications/progress', params: step })
                .catch(() => undefined);
            },
    });
    return toCallResult(result);
  });

  server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: [] }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [...registry.resourceTemplates],
  }));
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: [...registry.resources] }));
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params }) => {
    const found = await registry.readResource(params.uri, principal).catch(throwAsRpc);
    if (found === null) throw new McpError(RESOURCE_NOT_FOUND, NO_SUCH_RESOURCE, { uri: params.uri });
    return { contents: [{ ...found }] };
  });
  server.setRequestHandler(SubscribeRequestSchema, async ({ params }) => {
    const outcome = await subscriptions.add(params.uri).catch(throwAsRpc);
    if (outcome === 'unknown') {
      throw new McpError(RESOURCE_NOT_FOUND, NO_SUCH_RESOURCE, { uri: params.uri });
    }
    if (outcome === 'full') throw new McpError(INVALID_REQUEST, TOO_MANY_SUBSCRIPTIONS);
    return {};
  });
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params }) => {
    subscriptions.remove(params.uri);
    return {};
  });
  return { server, clear: () => subscriptions.clear() };
}

function throwAsRpc(thrown: unknown): never {
  const error = toTandemError(thrown);
  throw new McpError(INTERNAL, error.message, errorBodySchema.parse(toErrorBody(error)));
}
