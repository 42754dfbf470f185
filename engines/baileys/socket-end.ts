/** Codes of the disconnect table for connections that never came up. */
const HTTP_BUSY = 503;
const HTTP_REFUSED = 428;

/** An HTTP status before the handshake says nothing about the device: a 401 or 403 comes from a proxy. */
export function refusal(httpStatus: number): Error {
  const busy = httpStatus === 429 || httpStatus >= 500;
  const statusCode = busy ? HTTP_BUSY : HTTP_REFUSED;
  return Object.assign(new Error('upgrade refused'), { output: { statusCode } });
}

/** Status code of the library's error; null when it ended the socket itself. */
export function statusOf(error: unknown): number | null {
  const code = (error as { output?: { statusCode?: unknown } } | undefined)?.output?.statusCode;
  return typeof code === 'number' ? code : null;
}

/** Why no connection came about; null when there was one, or a server that answered. */
export type NetworkTrouble = 'dns' | 'unreachable' | 'tls';

const TLS = /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;
const NO_ANSWER = /handshake has timed out/;

/** The library files all of it under 408 or 500, where also lost connections and errors of the server are. */
export function networkTrouble(error: unknown): NetworkTrouble | null {
  const { data } = (error ?? {}) as { data?: unknown };
  // With several addresses to try there are several errors, mostly the same.
  const { errors } = (data ?? {}) as { errors?: readonly unknown[] };
  const { code, syscall, message } = (errors?.[0] ?? data ?? {}) as Partial<NodeJS.ErrnoException>;
  if (syscall === 'getaddrinfo') return 'dns';
  if (syscall === 'connect') return 'unreachable';
  if (typeof code === 'string' && TLS.test(code)) return 'tls';
  return typeof message === 'string' && NO_ANSWER.test(message) ? 'unreachable' : null;
}

/** Waits for the work, whatever becomes of it, but not longer. */
export async function withinMs(work: Promise<unknown>, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work.catch(() => undefined), promise]);
  clearTimeout(timer);
}
