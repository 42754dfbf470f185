import type { EngineReason } from '#engines/contract/state.ts';

/** The library throws errors, texts and nothing at all; what they say can quote message text and is never shown. */

const GONE =
  /target closed|session closed|page has been closed|detached frame|frame (was|got) detached|execution context (was|is)|cannot find context|connection (is )?closed|page crashed|not attached to an active page|browser has disconnected/i;
const GONE_NAMES = new Set(['TargetCloseError', 'ConnectionClosedError', 'DetachedFrameError', 'AbortError']);
const NO_ANSWER = /timed out|protocolTimeout/i;
/** How a page says that a module or a function is not there. */
const CHANGED =
  /unknown module|requiring (unknown )?module|cannot find module|is not a (function|constructor)/i;
const NO_NETWORK =
  /ERR_(NAME_NOT_RESOLVED|NAME_RESOLUTION_FAILED|INTERNET_DISCONNECTED|NETWORK_CHANGED|ADDRESS_UNREACHABLE|NETWORK_ACCESS_DENIED|PROXY_CONNECTION_FAILED)/;

function textOf(error: unknown): string {
  if (typeof error === 'string') return error;
  const { message } = (error ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : '';
}

/** The class of what was thrown, which is all of it that may be shown. */
export function classOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return typeof error;
  const { name } = error as { name?: unknown };
  return typeof name === 'string' && /^\w{1,100}$/.test(name) ? name : 'Error';
}

/** The page, its document or the browser went away under the call. */
export function isGone(error: unknown): boolean {
  return GONE_NAMES.has(classOf(error)) || GONE.test(textOf(error));
}

/** The page did not answer the browser in time. */
export function isNoAnswer(error: unknown): boolean {
  return NO_ANSWER.test(textOf(error));
}

/** WhatsApp Web is not what the library knows. */
export function isChanged(error: unknown): boolean {
  return CHANGED.test(textOf(error));
}

/** Why a browser or its page did not come up. */
export function reasonOfStart(error: unknown): EngineReason {
  const text = textOf(error);
  if (/already running for/.test(text)) return 'profile-in-use';
  if (NO_NETWORK.test(text)) return 'network-unreachable';
  if (/net::ERR_/.test(text)) return 'page-unreachable';
  // The library's own word for a page that never says which version it is.
  if (text === 'auth timeout') return 'never-ready';
  if (isChanged(error)) return 'page-changed';
  if (isGone(error) || /failed to launch|was not found at the configured/i.test(text)) return 'browser-died';
  return isNoAnswer(error) ? 'page-hung' : 'never-ready';
}

/** From the code of the library or of what drives the browser for it. */
export function isFromLibrary(error: unknown): boolean {
  const { stack } = (error ?? {}) as { stack?: unknown };
  if (typeof stack === 'string' && /node_modules[\\/](whatsapp-web\.js|puppeteer)/.test(stack)) return true;
  return isGone(error) || /^(auth|ready) timeout$/.test(textOf(error));
}
