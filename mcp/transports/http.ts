import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Hono } from 'hono';
import { type Clock, systemClock } from '#kernel/clock.ts';
import type { Config } from '#kernel/config.ts';
import { TandemError, toTandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import type { BearerAuth } from '../auth/bearer.ts';
import { openV1Session, type V1Session } from '../binders/sdk-v1.ts';
import { createV2Handler, isLegacyRequest } from '../binders/sdk-v2.ts';
import type { Registry } from '../registry.ts';
import type { Principal } from '../tool.ts';
import { refuse, refuseMethod, refuseUnreadableBody } from './refusals.ts';
import { isJson, readBody } from './request-body.ts';
import { createSessionTable } from './sessions.ts';

export interface McpEndpoint {
  /** Serves POST, GET and DELETE of `/mcp`. Host and Origin must have been checked before. */
  handle(request: Request, outgoing?: ServerResponse): Promise<Response>;
  /** Registers `/mcp` on the service's app. */
  mount(app: Hono): void;
  readonly sessions: number;
  /** Ends every session and stream; later requests get SHUTTING_DOWN. */
  close(): Promise<void>;
}

export interface McpEndpointOptions {
  readonly registry: Registry;
  readonly auth: BearerAuth;
  readonly config: Pick<Config, 'maxSessions' | 'sessionIdleMinutes'>;
  readonly logger: Logger;
  readonly clock?: Clock;
}

export const MCP_PATH = '/mcp';

const MILLISECONDS_PER_MINUTE = 60_000;
/** How long a session may outlive its idle time. */
const REAP_INTERVAL_MS = 15_000;
/** Comments on open streams keep proxies from cutting them; common idle limits start at 30 s. */
const KEEP_ALIVE_MS = 15_000;

/** Both protocol families on one address. */
export function createMcpEndpoint(options: McpEndpointOptions): McpEndpoint {
  const { registry, auth, logger } = options;
  const table = createSessionTable<V1Session>({
    maxSessions: options.config.maxSessions,
    idleMs: options.config.sessionIdleMinutes * MILLISECONDS_PER_MINUTE,
    clock: options.clock ?? systemClock,
  });
  const modern = createV2Handler(registry, {
    keepAliveMs: KEEP_ALIVE_MS,
    maxSubscriptions: options.config.maxSessions,
  });
  const reaper = setInterval(() => {
    table.reap().catch((error: unknown) => logger.warn('mcp sessions not reaped', { error }));
  }, REAP_INTERVAL_MS);
  reaper.unref();
  let closing = false;

  const open = async (request: Request, body: unknown, principal: Principal): Promise<Response> => {
    const place = table.reserve();
    let id: string | null = null;
    try {
      const { session, response } = await openV1Session(
        {
          registry,
          principal,
          newId: randomUUID,
          keepAliveMs: KEEP_ALIVE_MS,
          onEnd: () => {
            if (id !== null) table.remove(id);
          },
        },
        request,
        body,
      );
      if (session === null) return response;
      id = session.id;
      // close() may have passed by while this session was being built.
      if (closing) {
        await session.close();
        throw new TandemError('SHUTTING_DOWN');
      }
      place.fill(session, principal.id);
      logger.debug('mcp session opened', { sessions: table.size });
      return response;
    } finally {
      place.release();
    }
  };

  const handleLegacy = async (
    request: Request,
    body: unknown,
    principal: Principal,
    outgoing: ServerResponse | undefined,
  ): Promise<Response> => {
    const id = request.headers.get('mcp-session-id');
    if (id === null) {
      if (isInitialize(body)) return open(request, body, principal);
      throw new TandemError('VALIDATION_ERROR', {
        message: 'The header Mcp-Session-Id is missing.',
        hint: 'Send initialize first, then its session id with every request.',
      });
    }
    const session = table.find(id, principal.id);
    const use = table.begin(id);
    if (outgoing === undefined) {
      return session.handle(request, body).finally(() => use.done());
    }
    outgoing.once('close', () => use.done());
    return session.handle(request, body);
  };

  const handle = async (request: Request, outgoing?: ServerResponse): Promise<Response> => {
    try {
      if (closing) throw new TandemError('SHUTTING_DOWN');
      const principal = auth.authenticate(request.headers.get('authorization'));
      const { method } = request;
      if (method === 'GET' || method === 'DELETE') {
        return await handleLegacy(request, undefined, principal, outgoing);
      }
      if (method !== 'POST') return refuseMethod();
      if (!isJson(request.headers.get('content-type'))) {
        const message = 'The content type must be application/json.';
        return refuse(new TandemError('VALIDATION_ERROR', { message }), 415);
      }
      const body = parse(await readBody(request));
      if (body === undefined) return refuseUnreadableBody();
      if (await isLegacyRequest(request, body)) {
        return await handleLegacy(request, body, principal, outgoing);
      }
      return await modern.handle(request, body, principal);
    } catch (thrown) {
      const error = toTandemError(thrown);
      if (error.code === 'INTERNAL_ERROR') logger.error('mcp request failed', { error });
      return refuse(error);
    }
  };

  return {
    handle,
    mount: (app) => {
      app.all(MCP_PATH, (c) => handle(c.req.raw, (c.env as { outgoing?: ServerResponse }).outgoing));
    },
    get sessions() {
      return table.size;
    },
    close: async () => {
      closing = true;
      clearInterval(reaper);
      await table.closeAll();
      await modern.close();
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isInitialize(body: unknown): boolean {
  return typeof body === 'object' && body !== null && (body as { method?: unknown }).method === 'initialize';
}
