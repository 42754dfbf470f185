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
  const code = SQLITE_CODES.find(([pattern]) => pattern.test(reason))?.[1] ?? 'DATABASE_ERROR';
  return new TandemError(code, {
    engine,
    details: { reason },
    cause,
    ...(code === 'DB_CORRUPT' ? damaged(engine) : {}),
  });
}

/** `tandem repair` mends the history, and can do nothing here: the keys of a device cannot be made up. */
function damaged(engine: EngineName): { readonly message: string; readonly hint: string } {
  return {
    message: `A file of the engine ${engine} is damaged. What is in the history is not affected.`,
    hint: `Stop Tandem and move engines/${engine}/outbox.db (with its -wal and -shm) aside; start. If this comes again, stop, move all of engines/${engine} aside, remove this device on the phone, start, and run \`tandem link --engine ${engine}\`.`,
  };
}
