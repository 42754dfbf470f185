import { TandemError } from '#kernel/errors.ts';

/** BullMQ refuses `:` in ids and PostgreSQL refuses NUL: what is not plain is escaped. */
export function entryIdOf(jobId: string, turn: number): string {
  return `${encodeURIComponent(jobId)}.${turn}`;
}

export function jobIdOf(entryId: string): string | null {
  const dot = entryId.lastIndexOf('.');
  if (dot <= 0) return null;
  try {
    return decodeURIComponent(entryId.slice(0, dot));
  } catch {
    return null;
  }
}

export function turnOf(entryId: string): number {
  return Number(entryId.slice(entryId.lastIndexOf('.') + 1));
}

const PLAIN_CODE = /^[A-Z][A-Z0-9_]{1,59}$/;

/** The code of a thrown thing, never its text: Redis and PostgreSQL quote what they were given, engines quote messages. */
export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'UNKNOWN';
  const { code } = thrown as { code?: unknown };
  if (typeof code === 'string' && PLAIN_CODE.test(code)) return code;
  // Redis puts its code first: `NOAUTH Authentication required.`
  const first = thrown.message.slice(0, 60).split(' ', 1)[0] ?? '';
  if (thrown.name === 'ReplyError' && PLAIN_CODE.test(first)) return first;
  return 'UNKNOWN';
}

/** What a failed entry may say of itself: in PostgreSQL a NUL in an error text would leave the entry active for ever. */
export function failureOf(thrown: unknown): Error {
  const reason = reasonOf(thrown);
  const failure = new Error(reason === 'UNKNOWN' ? 'INTERNAL_ERROR' : reason);
  // BullMQ keeps the stack too, and that begins with the text.
  failure.stack = failure.message;
  return failure;
}

export function unavailable(thrown: unknown): TandemError {
  if (thrown instanceof TandemError) return thrown;
  return new TandemError('QUEUE_UNAVAILABLE', { details: { reason: reasonOf(thrown) } });
}
