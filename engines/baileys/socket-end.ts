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

/** Waits for the work, whatever becomes of it, but not longer. */
export async function withinMs(work: Promise<unknown>, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work.catch(() => undefined), promise]);
  clearTimeout(timer);
}
