import { TandemError } from './errors.ts';

/** Of the file system and of SQLite, which takes the lock. */
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL', 'SQLITE_IOERR_WRITE']);
const READ_ONLY = /^EROFS$|^SQLITE_READONLY/;

/** What the file system or the lock says of a data directory → ours. A disk that is full belongs to its owner all the same. */
export function dataDirError(cause: unknown): TandemError {
  if (cause instanceof TandemError) return cause;
  const reason = (cause as { code?: string } | null)?.code ?? 'unknown';
  const facts = { details: { reason }, cause };
  if (FULL.has(reason)) {
    return new TandemError('DB_DISK_FULL', {
      message: 'The disk of the data directory is full.',
      hint: 'Free some space on that disk, then try again. What is stored stays.',
      ...facts,
    });
  }
  if (READ_ONLY.test(reason)) {
    return new TandemError('DATA_DIR_UNUSABLE', {
      message: 'The disk of the data directory cannot be written: it is mounted read-only.',
      hint: 'Mount it so that it can be written, or choose another folder with --data-dir.',
      ...facts,
    });
  }
  return new TandemError('DATA_DIR_UNUSABLE', facts);
}
