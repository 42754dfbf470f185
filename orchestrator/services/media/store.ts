import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateDir, PRIVATE_FILE } from '#kernel/data-dir.ts';
import { TandemError } from '#kernel/errors.ts';

export interface StoredFile {
  /** Always below the folder of the store. */
  readonly path: string;
  readonly content: Buffer;
}

/**
 * Files by what is in them: `<first two hex digits>/<sha256>.<extension>`. The same file of two messages, or seen by two
 * engines, is kept once. Errors: MEDIA_QUOTA_EXCEEDED, DB_DISK_FULL, DATA_DIR_UNUSABLE.
 */
export interface MediaStore {
  /** Null when it is not there, or is not what its name says. */
  find(sha256: string): Promise<StoredFile | null>;
  /** Whole or not at all. */
  put(content: Buffer, sha256: string, extension: string): Promise<StoredFile>;
  /** Throws MEDIA_QUOTA_EXCEEDED when so many bytes more do not fit. */
  checkRoom(bytes: number): Promise<void>;
  /** The file of a message that does not name the hash of its own. */
  linked(message: string): Promise<StoredFile | null>;
  link(message: string, sha256: string): Promise<void>;
  /** By name alone: the content is not looked at. */
  has(sha256: string): Promise<boolean>;
  hasLinked(message: string): Promise<boolean>;
  /**
   * Removes files, named by what is in them or by a message; one that another message is linked to stays. What is not there
   * counts as removed. Returns how many there were.
   */
  remove(files: readonly (string | { readonly linkedTo: string })[]): Promise<number>;
}

export interface MediaStoreOptions {
  readonly dir: string;
  readonly quotaBytes: number;
  /** How bytes get into an open file; a test lets it fail. */
  readonly write?: (file: FileHandle, content: Buffer) => Promise<unknown>;
}

const SHA256 = /^[0-9a-f]{64}$/;
const EXTENSION = /^[0-9a-z]{1,8}$/;
const LINKS = 'links';
const PART = '.part';
/** A download takes a minute at most: whatever is older was left by a crash. */
const PART_MAX_AGE_MS = 60 * 60_000;
/** People remove files by hand when the folder is full, so its size is not trusted for long. */
const SIZE_MAX_AGE_MS = 60_000;
const DISK_FULL: readonly unknown[] = ['ENOSPC', 'EDQUOT'];

export function createMediaStore({ dir, quotaBytes, write }: MediaStoreOptions): MediaStore {
  const writeTo = write ?? ((file: FileHandle, content: Buffer) => file.writeFile(content));
  let size: { readonly at: number; bytes: number } | null = null;

  const usedBytes = async (): Promise<number> => {
    const now = performance.now();
    if (size === null || now - size.at > SIZE_MAX_AGE_MS) size = { at: now, bytes: await measure(dir) };
    return size.bytes;
  };

  const save = async (folder: string, name: string, content: Buffer): Promise<string> => {
    try {
      makePrivateDir(dir);
      makePrivateDir(folder);
      const part = join(folder, `${randomBytes(8).toString('hex')}${PART}`);
      try {
        const file = await open(part, 'wx', PRIVATE_FILE);
        try {
          await writeTo(file, content);
          await file.sync();
        } finally {
          await file.close();
        }
        const path = join(folder, name);
        await rename(part, path);
        return path;
      } catch (cause) {
        await rm(part, { force: true }).catch(() => undefined);
        throw cause;
      }
    } catch (cause) {
      throw diskError(cause);
    }
  };

  const pathOf = async (sha256: string): Promise<string | null> => {
    if (!SHA256.test(sha256)) return null;
    const folder = join(dir, sha256.slice(0, 2));
    const names = await readdir(folder).catch(() => []);
    const name = names.find((one) => one.startsWith(`${sha256}.`) && EXTENSION.test(one.slice(65)));
    return name === undefined ? null : join(folder, name);
  };

  const find = async (sha256: string): Promise<StoredFile | null> => {
    const path = await pathOf(sha256);
    if (path === null) return null;
    const content = await readFile(path).catch(() => null);
    if (content !== null && createHash('sha256').update(content).digest('hex') === sha256)
      return { path, content };
    await rm(path, { force: true }).catch(() => undefined);
    return null;
  };

  const linkFolder = (message: string) => {
    const name = createHash('sha256').update(message).digest('hex');
    return { folder: join(dir, LINKS), name };
  };

  const linkOf = async (message: string): Promise<string> => {
    const { folder, name } = linkFolder(message);
    return readFile(join(folder, name), 'utf8').catch(() => '');
  };

  const hashesLinkedBut = async (messages: readonly string[]): Promise<ReadonlySet<string>> => {
    const own = new Set(messages.map((message) => linkFolder(message).name));
    const names = await readdir(join(dir, LINKS)).catch(() => []);
    const others = names.filter((name) => SHA256.test(name) && !own.has(name));
    const read = (name: string) => readFile(join(dir, LINKS, name), 'utf8').catch(() => '');
    return new Set(await Promise.all(others.map(read)));
  };

  return {
    find,
    put: async (content, sha256, extension) => {
      if (!SHA256.test(sha256) || !EXTENSION.test(extension)) throw new Error('not a name for a file');
      const path = await save(join(dir, sha256.slice(0, 2)), `${sha256}.${extension}`, content);
      if (size !== null) size.bytes += content.byteLength;
      return { path, content };
    },
    checkRoom: async (bytes) => {
      let used = await usedBytes();
      if (used + bytes > quotaBytes) {
        size = null;
        used = await usedBytes();
      }
      if (used + bytes > quotaBytes) {
        throw new TandemError('MEDIA_QUOTA_EXCEEDED', {
          details: { used_bytes: used, limit_bytes: quotaBytes, file_bytes: bytes },
        });
      }
    },
    linked: async (message) => find(await linkOf(message)),
    has: async (sha256) => (await pathOf(sha256)) !== null,
    hasLinked: async (message) => (await pathOf(await linkOf(message))) !== null,
    remove: async (files) => {
      const links = files.flatMap((file) => (typeof file === 'string' ? [] : file.linkedTo));
      const own = await Promise.all(links.map(linkOf));
      const kept = await hashesLinkedBut(links);
      const doomed = new Set([...files.filter((file) => typeof file === 'string'), ...own]);
      let removed = 0;
      for (const sha256 of doomed) {
        const path = kept.has(sha256) ? null : await pathOf(sha256);
        if (path === null) continue;
        await rm(path, { force: true }).catch(failDisk);
        removed += 1;
      }
      // Last, because nothing else leads to the file after a crash.
      for (const { folder, name } of links.map(linkFolder))
        await rm(join(folder, name), { force: true }).catch(failDisk);
      size = null;
      return removed;
    },
    link: async (message, sha256) => {
      const { folder, name } = linkFolder(message);
      await save(folder, name, Buffer.from(sha256));
    },
  };
}

/** Bytes of all files, and nothing left behind by a crash. */
async function measure(dir: string): Promise<number> {
  let bytes = 0;
  const folders = await readdir(dir, { withFileTypes: true }).catch(() => []);
  for (const folder of folders) {
    if (!folder.isDirectory()) continue;
    const path = join(dir, folder.name);
    for (const name of await readdir(path).catch(() => [])) {
      const file = await stat(join(path, name)).catch(() => null);
      if (file === null) continue;
      if (name.endsWith(PART) && Date.now() - file.mtimeMs > PART_MAX_AGE_MS)
        await rm(join(path, name), { force: true }).catch(() => undefined);
      else bytes += file.size;
    }
  }
  return bytes;
}

function failDisk(cause: unknown): never {
  throw diskError(cause);
}

function diskError(cause: unknown): TandemError {
  const reason =
    cause instanceof TandemError
      ? cause.details?.reason
      : ((cause as NodeJS.ErrnoException).code ?? 'unknown');
  const details = { reason };
  if (DISK_FULL.includes(reason)) return new TandemError('DB_DISK_FULL', { details, cause });
  return new TandemError('DATA_DIR_UNUSABLE', {
    message: 'The folder for media cannot be used.',
    details,
    cause,
  });
}
