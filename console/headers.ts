import type { MiddlewareHandler } from 'hono';

const PAGE_POLICY = policy("base-uri 'none'");

/** Bull Board names its own folder as the base of its page. */
export const BOARD_POLICY = policy("base-uri 'self'");

function policy(base: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    base,
  ].join('; ');
}

/** Nothing inline, nothing from elsewhere, nowhere in a frame, never in a cache. */
export const safeHeaders: MiddlewareHandler = async (context, next) => {
  await next();
  if (!context.res.headers.has('content-security-policy'))
    context.header('content-security-policy', PAGE_POLICY);
  context.header('x-content-type-options', 'nosniff');
  // Not no-referrer: with it browsers send `Origin: null` with a plain form, even one of our own pages, and the guard refuses that.
  context.header('referrer-policy', 'same-origin');
  context.header('cross-origin-opener-policy', 'same-origin');
  context.header('cross-origin-resource-policy', 'same-origin');
  if (!context.res.headers.has('cache-control')) context.header('cache-control', 'no-store');
};
