import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import type { EngineName } from '../capability.ts';

const SQLITE_CODES: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^SQLITE_FULL/, 'DB_DISK_FULL'],
  [/^SQLITE_(READONLY|CANTOPEN|PERM)/, 'DB_READ_ONLY'],
  [/^SQLITE_(CORRUPT|NOTADB)/, 'DB_CORRUPT'],
  [/^SQLITE_(BUSY|LOCKED)/, 'DB_LOCKED'],
];

function codeOf(thrown: unknown): string | null {
  const { code } = (thrown ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : null;
}

/** True for what the databases of an engine throw: full, read-only, damaged. */
export function isDiskError(error: unknown): boolean {
  return codeOf(error)?.startsWith('SQLITE_') === true;
}

/** What a database of an engine threw, as an error with a code and a next step. */
export function diskError(engine: EngineName, cause: unknown): TandemError {
  if (cause instanceof TandemError) return cause;
  const reason = codeOf(cause) ?? 'unknown';
  const known = SQLITE_CODES.find(([pattern]) => pattern.test(reason));
  return new TandemError(known?.[1] ?? 'DATABASE_ERROR', { engine, details: { reason }, cause });
}
