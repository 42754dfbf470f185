import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';

/** What a command that failed means for the job that gave it: a rest for the whole job, or the end of one part. */
export type Trouble =
  | {
      readonly is: 'rest';
      readonly reason: 'no-engine' | 'not-linked' | 'rate-limited';
      readonly afterMs: number;
    }
  | { readonly is: 'part-failed'; readonly code: ErrorCode };

const NOBODY_THERE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NO_HEALTHY_ENGINE',
  'NOT_CONNECTED',
  'CONNECTION_LOST',
  'ENGINE_STARTING',
  'ENGINE_START_FAILED',
  'ENGINE_UNREACHABLE',
  'SHUTTING_DOWN',
]);
/** The same would be said of every other part, so the job ends and says why. */
const OF_THE_WHOLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CAPABILITY_UNAVAILABLE',
  'DEVICE_REMOVED',
  'SESSION_REPLACED',
  'ACCOUNT_BANNED',
  'ACCOUNT_MISMATCH',
  'CLIENT_OUTDATED',
  'MULTIDEVICE_MISMATCH',
  'ENGINE_PROTOCOL',
  'ENGINE_SECRET_WRONG',
  'BROWSER_MISSING',
  'DATA_DIR_UNUSABLE',
  'DATABASE_ERROR',
]);
const OF_THE_STORE = /^(DB|JOB|QUEUE)_/;

const NO_ENGINE_REST_MS = 2_000;
const NOT_LINKED_REST_MS = 15_000;
const RATE_LIMITED_REST_MS = 30_000;

/** Throws on what is no answer of an engine about one part: faults of the store, of the job, of this program, and a stop. */
export function troubleOf(thrown: unknown, signal: AbortSignal): Trouble {
  if (signal.aborted || !(thrown instanceof TandemError)) throw thrown;
  const { code, retriable, details, retryAfterSeconds } = thrown;
  if (OF_THE_WHOLE.has(code) || OF_THE_STORE.test(code)) throw thrown;
  const told = retryAfterSeconds === null ? null : retryAfterSeconds * MILLISECONDS_PER_SECOND;
  if (code === 'NOT_AUTHENTICATED') return { is: 'rest', reason: 'not-linked', afterMs: NOT_LINKED_REST_MS };
  if (code === 'RATE_LIMITED')
    return { is: 'rest', reason: 'rate-limited', afterMs: told ?? RATE_LIMITED_REST_MS };
  // `sent: false` = held back before any engine was asked, after failures that may concern other parts.
  if (NOBODY_THERE.has(code) || (retriable && details?.sent === false))
    return { is: 'rest', reason: 'no-engine', afterMs: told ?? NO_ENGINE_REST_MS };
  return { is: 'part-failed', code };
}
