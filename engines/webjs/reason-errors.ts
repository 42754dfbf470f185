import type { EngineReason } from '#engines/contract/state.ts';
import { type ErrorBody, type ErrorCode, TandemError, toErrorBody } from '#kernel/errors.ts';

/** Reasons that wait for a person, as the error that a caller gets meanwhile. */
const CODES: Partial<Record<EngineReason, ErrorCode>> = {
  'link-expired': 'AUTH_QR_EXPIRED',
  'logged-out': 'DEVICE_REMOVED',
  replaced: 'SESSION_REPLACED',
  forbidden: 'ACCOUNT_BANNED',
  'client-outdated': 'CLIENT_OUTDATED',
  'browser-missing': 'BROWSER_MISSING',
};

const SQLITE_CODES: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^SQLITE_FULL/, 'DB_DISK_FULL'],
  [/^SQLITE_(READONLY|CANTOPEN|PERM)/, 'DB_READ_ONLY'],
  [/^SQLITE_(CORRUPT|NOTADB)/, 'DB_CORRUPT'],
  [/^SQLITE_(BUSY|LOCKED)/, 'DB_LOCKED'],
];

/** What a database of the engine threw, as an error with a code and a next step. */
export function diskError(cause: unknown): TandemError {
  if (cause instanceof TandemError) return cause;
  const { code } = (cause ?? {}) as { code?: unknown };
  const reason = typeof code === 'string' ? code : 'unknown';
  const known = SQLITE_CODES.find(([pattern]) => pattern.test(reason));
  return new TandemError(known?.[1] ?? 'DATABASE_ERROR', { engine: 'webjs', details: { reason }, cause });
}

/** Null when the reason is nothing to tell a caller. */
export function errorOfReason(reason: EngineReason): ErrorBody | null {
  const code = CODES[reason];
  return code === undefined ? null : toErrorBody(new TandemError(code, { engine: 'webjs' }));
}
