import { createHash } from 'node:crypto';

/** Encrypted blobs by path, oldest dropped first when there are too many bytes. */
export interface BlobStore {
  /** Returns the direct path. The same bytes get the same path. */
  add(bytes: Uint8Array): string;
  /** `path` without its query. */
  get(path: string): Uint8Array | null;
  remove(path: string): void;
}

/** A million messages of history pages would fill memory; clients fetch a blob within seconds. */
const MAX_BYTES = 256 * 1024 * 1024;

export const createBlobStore = (maxBytes = MAX_BYTES): BlobStore => {
  const blobs = new Map<string, Uint8Array>();
  let total = 0;
  const remove = (path: string): void => {
    total -= blobs.get(path)?.length ?? 0;
    blobs.delete(path);
  };
  return {
    add: (bytes) => {
      const path = `/o1/v/t24/f2/m${createHash('sha256').update(bytes).digest('hex').slice(0, 40)}`;
      remove(path);
      blobs.set(path, bytes);
      total += bytes.length;
      for (const oldest of blobs.keys()) {
        if (total <= maxBytes || oldest === path) break;
        remove(oldest);
      }
      return path;
    },
    get: (path) => blobs.get(path) ?? null,
    remove,
  };
};
