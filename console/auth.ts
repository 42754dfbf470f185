import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { TandemError } from '#kernel/errors.ts';

/** A header that a form or an image of a foreign page cannot send: proof that our own script or program asks. */
export const CONSOLE_HEADER = 'x-tandem-console';

const COOKIE = 'tandem_console';

/** A browser stays signed in for a working day. */
const COOKIE_MAX_AGE_SECONDS = 12 * 3_600;

export interface ConsoleAuth {
  /** True when no token is set, or the request carries it: as bearer, or as the cookie that /login gave. */
  allows(context: Context): boolean;
  /** True when `token` is right; the answer then carries the cookie. */
  signIn(context: Context, token: string): boolean;
  /** Refuses with ACCESS_DENIED. */
  readonly required: MiddlewareHandler;
}

export function createConsoleAuth(token: string | null): ConsoleAuth {
  // The cookie is derived from the token, so that it survives restarts and never shows the token itself.
  const cookieValue = token === null ? '' : createHmac('sha256', token).update(COOKIE).digest('hex');

  const allows = (context: Context) => {
    if (token === null) return true;
    const header = context.req.header('authorization') ?? '';
    const bearer = /^bearer +(\S+)$/i.exec(header)?.[1];
    if (bearer !== undefined) return same(bearer, token);
    return same(getCookie(context, COOKIE) ?? '', cookieValue);
  };

  return {
    allows,
    signIn: (context, given) => {
      if (token === null || !same(given.trim(), token)) return false;
      setCookie(context, COOKIE, cookieValue, {
        path: '/',
        httpOnly: true,
        sameSite: 'Strict',
        secure: new URL(context.req.url).protocol === 'https:',
        maxAge: COOKIE_MAX_AGE_SECONDS,
      });
      return true;
    },
    required: async (context, next) => {
      if (!allows(context)) throw new TandemError('ACCESS_DENIED');
      await next();
    },
  };
}

/** For routes that change something. The Origin check of the listener has run before; this closes what has no Origin. */
export const requireConsoleHeader: MiddlewareHandler = async (context, next) => {
  if (context.req.header(CONSOLE_HEADER) === undefined) {
    throw new TandemError('ORIGIN_DENIED', {
      hint: `Send the header ${CONSOLE_HEADER}: 1 with this request.`,
    });
  }
  await next();
};

/**
 * For changes that a page asks for which does not know our header. Browsers tell where a request comes from, and pages cannot
 * lie about it; what tells nothing must send the header.
 */
export const requireOwnPage: MiddlewareHandler = async (context, next) => {
  const { method } = context.req;
  if (method !== 'GET' && method !== 'HEAD' && !comesFromOwnPage(context))
    return requireConsoleHeader(context, next);
  await next();
  return undefined;
};

function comesFromOwnPage(context: Context): boolean {
  const site = context.req.header('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  const host = context.req.header('host');
  const origin = context.req.header('origin');
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

/** Compares without telling by its duration how much was right. */
function same(given: string, expected: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return expected !== '' && timingSafeEqual(digest(given), digest(expected));
}
