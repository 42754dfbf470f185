import { type ErrorCode, TandemError } from '#kernel/errors.ts';

/** Status code that the library's error carries; null when it carries none. */
export function upstreamCode(error: unknown): number | null {
  const { output, data } = (error ?? {}) as { output?: { statusCode?: unknown }; data?: unknown };
  // Refusals of the server stand in `data`; the other field then says 500.
  if (typeof data === 'number') return data;
  return typeof output?.statusCode === 'number' ? output.statusCode : null;
}

const CLOSED = 428;
const TIMED_OUT = 408;

/** Gives an error of the library a code of ours. `known` maps answers of the server to what they mean here. */
export function upstreamError(error: unknown, known: Readonly<Record<number, ErrorCode>> = {}): TandemError {
  if (error instanceof TandemError) return error;
  const code = upstreamCode(error);
  const facts = { engine: 'baileys', cause: error };
  if (code !== null && known[code] !== undefined) return new TandemError(known[code], facts);
  if (code === CLOSED) return new TandemError('CONNECTION_LOST', facts);
  if (code === TIMED_OUT) return new TandemError('ENGINE_TIMEOUT', facts);
  return new TandemError('WHATSAPP_API_ERROR', { ...facts, details: { upstream: code } });
}

/**
 * The work's own answer, or at the abort the error that is its reason, else ENGINE_TIMEOUT: queries of the library
 * cannot be cancelled.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const late = () =>
    reject(
      signal.reason instanceof TandemError
        ? signal.reason
        : new TandemError('ENGINE_TIMEOUT', { engine: 'baileys' }),
    );
  if (signal.aborted) late();
  signal.addEventListener('abort', late, { once: true });
  try {
    return await Promise.race([work, promise]);
  } catch (error) {
    throw upstreamError(error);
  } finally {
    signal.removeEventListener('abort', late);
  }
}
