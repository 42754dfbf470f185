import { createHash, randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { PRIVATE_FILE } from '#kernel/data-dir.ts';
import { TandemError } from '#kernel/errors.ts';

export interface Written {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface WholeFileOptions {
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** How bytes get into the open file; a test lets it fail. */
  readonly write?: (file: WritableFile, content: Buffer) => Promise<unknown>;
}

export interface WritableFile {
  writeFile(content: Buffer): Promise<void>;
}

/** What a file is called while it is written. */
export const PART_SUFFIX = '.part';
const DISK_FULL: readonly unknown[] = ['ENOSPC', 'EDQUOT'];

/**
 * Writes a file that is there whole, and on the disk, or not at all. Errors: EXPORT_TOO_LARGE, DB_DISK_FULL,
 * DATA_DIR_UNUSABLE, whatever the source throws, and the signal's reason when aborted.
 */
export async function writeWhole(
  path: string,
  source: AsyncIterable<Buffer | string>,
  { maxBytes, signal, write = (file, content) => file.writeFile(content) }: WholeFileOptions,
): Promise<Written> {
  const part = `${path}.${randomBytes(6).toString('hex')}${PART_SUFFIX}`;
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const file = await onDisk(open(part, 'wx', PRIVATE_FILE));
    try {
      for await (const chunk of source) {
        signal.throwIfAborted();
        const content = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        bytes += content.byteLength;
        if (bytes > maxBytes)
          throw new TandemError('EXPORT_TOO_LARGE', { details: { limit_bytes: maxBytes } });
        hash.update(content);
        await onDisk(write(file, content));
      }
      await onDisk(file.sync());
    } finally {
      await file.close();
    }
    signal.throwIfAborted();
    await onDisk(rename(part, path));
  } catch (thrown) {
    await rm(part, { force: true }).catch(() => undefined);
    signal.throwIfAborted();
    throw thrown;
  }
  return { bytes, sha256: hash.digest('hex') };
}

async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    const details = { reason };
    if (DISK_FULL.includes(reason)) throw new TandemError('DB_DISK_FULL', { details, cause });
    throw new TandemError('DATA_DIR_UNUSABLE', {
      message: 'The folder for exports cannot be used.',
      details,
      cause,
    });
  }
}
