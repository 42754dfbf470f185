import type { Context } from 'hono';
import { loginPage } from './pages/login-page.ts';

/** Stands for the address of the service, which is not needed to read a path. */
const SOME_ORIGIN = 'http://tandem.invalid';

/** The form in the place of a page that needs the token; it leads to that page afterwards. */
export async function askForToken(context: Context): Promise<Response> {
  const { pathname, search } = new URL(context.req.url);
  return context.html(await loginPage({ refused: false, next: pathname + search }), 401);
}

/** Where the form leads: a path of this service, whatever it was sent; else nobody could be sure of a link to us. */
export function pathOf(next: unknown): string {
  if (typeof next !== 'string' || !next.startsWith('/') || !URL.canParse(next, SOME_ORIGIN)) return '/';
  const { origin, pathname, search } = new URL(next, SOME_ORIGIN);
  // Two slashes at the beginning are another host to a browser, also those that only come of reading `/.//host`.
  return origin === SOME_ORIGIN && !pathname.startsWith('//') ? pathname + search : '/';
}
