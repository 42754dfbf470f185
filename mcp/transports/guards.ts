import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';
import { type Config, isLoopback } from '#kernel/config.ts';
import { TandemError, toErrorBody } from '#kernel/errors.ts';

export type GuardSettings = Pick<Config, 'host' | 'allowedHosts' | 'allowedOrigins'>;

/** Listening on these means listening on every address of the machine. */
const EVERY_ADDRESS = ['0.0.0.0', '::'];

/** Browsers keep a preflight answer this long. */
const PREFLIGHT_MAX_AGE_SECONDS = 600;

/**
 * Stands before every route, MCP and console alike, and before any body is read: a web page that some
 * browser has open must not reach a service on loopback, neither by its own origin nor by a host name
 * that was rebound to 127.0.0.1. Answers 403 ORIGIN_DENIED.
 */
export function hostAndOriginGuard(settings: GuardSettings): MiddlewareHandler {
  const isHost = hostCheck(settings);
  const origins = new Set(settings.allowedOrigins.map((origin) => origin.toLowerCase()));
  return async (c, next) => {
    const host = c.req.header('host')?.toLowerCase();
    if (host === undefined || !isHost(host)) return c.json(denied('host'), 403);
    const origin = c.req.header('origin')?.toLowerCase();
    if (origin === undefined || isOwnOrigin(origin, host)) return next();
    if (!origins.has(origin)) return c.json(denied('origin'), 403);
    if (c.req.method === 'OPTIONS') {
      return c.body(null, 204, { ...corsHeaders(origin), ...PREFLIGHT_HEADERS });
    }
    await next();
    // Afterwards, because a handler's own Response would not carry what was set before.
    for (const [name, value] of Object.entries(corsHeaders(origin))) c.header(name, value);
    return;
  };
}

function corsHeaders(origin: string) {
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': 'Mcp-Session-Id, Mcp-Protocol-Version, WWW-Authenticate',
    Vary: 'Origin',
  };
}

const PREFLIGHT_HEADERS = {
  'Access-Control-Allow-Methods': 'GET, POST, DELETE',
  'Access-Control-Allow-Headers':
    'Authorization, Content-Type, Last-Event-ID, Mcp-Session-Id, Mcp-Protocol-Version, Mcp-Method, Mcp-Name',
  'Access-Control-Max-Age': String(PREFLIGHT_MAX_AGE_SECONDS),
};

function denied(what: 'host' | 'origin') {
  return { ok: false, error: toErrorBody(new TandemError('ORIGIN_DENIED', { details: { header: what } })) };
}

/** A page that this service itself served, also behind a proxy that ends TLS. */
function isOwnOrigin(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}

function hostCheck({ host: listening, allowedHosts }: GuardSettings): (host: string) => boolean {
  const names = new Set([...allowedHosts, listening].map((name) => name.toLowerCase()));
  const anyAddress = EVERY_ADDRESS.includes(listening);
  return (host) => {
    if (names.has(host)) return true;
    const name = withoutPort(host);
    if (names.has(name) || isLoopback(name)) return true;
    // Rebinding needs a name: an address in the Host header is where the request really went.
    return anyAddress && isIP(name) !== 0;
  };
}

/** `name:port`, `1.2.3.4:port` or `[::1]:port` → the name or address. */
function withoutPort(host: string): string {
  if (host.startsWith('[')) return host.slice(1, Math.max(1, host.indexOf(']')));
  return host.replace(/:\d*$/, '');
}
