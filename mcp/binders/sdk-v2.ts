import {
  type AuthInfo,
  createMcpHandler,
  isLegacyRequest as isLegacy,
  type ListToolsResult,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  Server,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { toErrorBody, toTandemError } from '#kernel/errors.ts';
import type { Registry } from '../registry.ts';
import type { Principal } from '../tool.ts';
import { serverIdentity, toCallResult, unusedValidator } from './common.ts';
import { createListenStreams } from './listen-streams.ts';
import { watchEnd } from './watch-end.ts';

/** The protocol without sessions (2026-07-28): every request stands alone. */
export interface V2Handler {
  handle(request: Request, parsedBody: unknown, principal: Principal): Promise<Response>;
  close(): Promise<void>;
}

/** Lists change only with a restart; a client that keeps them this long asks soon enough. */
const LIST_CACHE_MS = 60_000;

export interface V2Limits {
  readonly keepAliveMs: number;
  /** Streams of change notifications held at a time. */
  readonly maxSubscriptions: number;
}

export function createV2Handler(registry: Registry, limits: V2Limits): V2Handler {
  const handler = createMcpHandler(({ authInfo }) => createServer(registry, principalOf(authInfo)), {
    legacy: 'reject',
    ...limits,
  });
  const streams = createListenStreams(registry, (uri) => handler.notify.resourceUpdated(uri));

  const pass = (request: Request, parsedBody: unknown, principal: Principal) =>
    handler.fetch(request, {
      authInfo: toAuthInfo(principal),
      ...(parsedBody === undefined ? {} : { parsedBody }),
    });

  /** The SDK knows who listens to what, but not how to watch it, nor what exists. */
  const listen = async (request: Request, asked: ListenRequest, principal: Principal): Promise<Response> => {
    const { notifications } = asked.params;
    const held = await streams.hold(notifications.resourceSubscriptions, principal);
    const narrowed = {
      ...asked,
      params: { ...asked.params, notifications: { ...notifications, resourceSubscriptions: held.uris } },
    };
    try {
      return watchEnd(await pass(request, narrowed, principal), held.release);
    } catch (thrown) {
      held.release();
      throw thrown;
    }
  };

  return {
    handle: (request, parsedBody, principal) => {
      const asked = listenRequestSchema.safeParse(parsedBody);
      return asked.success ? listen(request, asked.data, principal) : pass(request, parsedBody, principal);
    },
    close: async () => {
      streams.clear();
      await handler.close();
    },
  };
}

/** A request for a stream of changes as far as it names resources; the SDK checks the rest. */
const listenRequestSchema = z.looseObject({
  method: z.literal('subscriptions/listen'),
  params: z.looseObject({
    notifications: z.looseObject({ resourceSubscriptions: z.array(z.string()) }),
  }),
});
type ListenRequest = z.infer<typeof listenRequestSchema>;

/** True for requests of the sessionful protocol. */
export function isLegacyRequest(request: Request, parsedBody: unknown): Promise<boolean> {
  return isLegacy(request, parsedBody);
}

function createServer(registry: Registry, principal: Principal): Server {
  const server = new Server(serverIdentity(registry), {
    instructions: registry.instructions,
    capabilities: { tools: {}, resources: { subscribe: true }, prompts: {} },
    jsonSchemaValidator: unusedValidator,
    cacheHints: {
      'tools/list': LIST_CACHE,
      'prompts/list': LIST_CACHE,
      'resources/list': LIST_CACHE,
      'resources/templates/list': LIST_CACHE,
      'server/discover': LIST_CACHE,
    },
  });
  const tools = { tools: registry.listTools() } as unknown as ListToolsResult;
  server.setRequestHandler('tools/list', () => tools);
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    const result = await registry.callTool({
      name: params.name,
      args: params.arguments ?? {},
      principal,
      era: '2026',
      signal: mcpReq.signal,
      progress:
        progressToken === undefined
          ? null
          : ({ done, total, message }) => {
              const step = { progressToken, progress: done, total, message };
              mcpReq.notify({ method: 'notifications/progress', params: step }).catch(() => undefined);
            },
    });
    return toCallResult(result);
  });
  server.setRequestHandler('prompts/list', () => ({ prompts: [] }));
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: [...registry.resourceTemplates],
  }));
  server.setRequestHandler('resources/list', () => ({ resources: [...registry.resources] }));
  server.setRequestHandler('resources/read', async ({ params }) => {
    const found = await registry.readResource(params.uri, principal).catch((thrown) => {
      const error = toTandemError(thrown);
      throw new ProtocolError(ProtocolErrorCode.InternalError, error.message, toErrorBody(error));
    });
    if (found === null) throw new ResourceNotFoundError(params.uri);
    return { contents: [{ ...found }] };
  });
  return server;
}

const LIST_CACHE = Object.freeze({ ttlMs: LIST_CACHE_MS, cacheScope: 'private' as const });

/** The SDK carries the caller's identity only in this shape; the token itself never goes in. */
function toAuthInfo(principal: Principal): AuthInfo {
  return { token: '', clientId: principal.id, scopes: [...principal.scopes], extra: { principal } };
}

function principalOf(authInfo: AuthInfo | undefined): Principal {
  const principal = authInfo?.extra?.principal as Principal | undefined;
  if (principal === undefined) throw new Error('a request reached the binder without its principal');
  return principal;
}
