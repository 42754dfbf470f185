import { TandemError } from '#kernel/errors.ts';

/** SQLite's own errors → ours, in this one place. The original stays in `cause`. */
export function databaseError(thrown: unknown): unknown {
  if (thrown instanceof TandemError) return thrown;
  const code = (thrown as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return thrown;
  const facts = { details: { reason: code }, cause: thrown };
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'))
    return new TandemError('DB_LOCKED', facts);
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
    return new TandemError('DB_CORRUPT', facts);
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'SQLITE_IOERR_WRITE')
    return new TandemError('DB_DISK_FULL', facts);
  if (
    code.startsWith('SQLITE_READONLY') ||
    code.startsWith('SQLITE_CANTOPEN') ||
    code === 'SQLITE_PERM' ||
    code === 'EACCES' ||
    code === 'EPERM' ||
    code === 'EROFS' ||
    code === 'ENOENT' ||
    code === 'ENOTDIR'
  )
    return new TandemError('DB_READ_ONLY', facts);
  if (code.startsWith('SQLITE_')) return new TandemError('DATABASE_ERROR', facts);
  return thrown;
}

/** True when only the full-text index is damaged or missing, not the data. */
export function isIndexError(thrown: unknown): boolean {
  const { code, message } = thrown as { code?: string; message?: string };
  if (code === 'SQLITE_CORRUPT_VTAB') return true;
  return code === 'SQLITE_ERROR' && /messages_fts|fts5/.test(message ?? '');
}

/** The same for a line of `integrity_check` or `quick_check`. */
export function isIndexFault(line: string): boolean {
  return /^fts5: |inverted index for FTS5 table/.test(line);
}
