import { closeSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';
import Database from 'better-sqlite3';

export const PAGE_BYTES = 4_096;

export interface Leaf {
  readonly page: number;
  readonly rows: number;
}

/** Pages of a table or an index that hold rows, in the order of the key. */
export function leavesOf(file: string, name: string): Leaf[] {
  const db = new Database(file, { readonly: true });
  try {
    return db
      .prepare<[string], Leaf>(
        `SELECT pageno AS page, ncell AS rows FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path`,
      )
      .all(name);
  } finally {
    db.close();
  }
}

/** Overwrites whole pages of a closed file; `random` gives numbers from 0 to 1. */
export function overwrite(file: string, pages: readonly number[], random: () => number): void {
  const handle = openSync(file, 'r+');
  for (const page of pages) {
    const bytes = Buffer.from(Array.from({ length: PAGE_BYTES }, () => Math.floor(random() * 256)));
    writeSync(handle, bytes, 0, PAGE_BYTES, (page - 1) * PAGE_BYTES);
  }
  closeSync(handle);
}

export function truncate(file: string, part: number): void {
  const handle = openSync(file, 'r+');
  ftruncateSync(handle, Math.floor((statSync(file).size * part) / PAGE_BYTES) * PAGE_BYTES);
  closeSync(handle);
}

/** Overwrites some bytes of a page, so that the rest of it can still be read. */
export function overwritePart(
  file: string,
  page: number,
  offset: number,
  length: number,
  random: () => number,
): void {
  const handle = openSync(file, 'r+');
  const bytes = Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
  writeSync(handle, bytes, 0, length, (page - 1) * PAGE_BYTES + offset);
  closeSync(handle);
}

/** Pages by a condition on `dbstat`. */
export function pagesOf(file: string, where: string): number[] {
  const db = new Database(file, { readonly: true });
  try {
    return db.prepare<[], number>(`SELECT pageno FROM dbstat WHERE ${where} ORDER BY pageno`).pluck().all();
  } finally {
    db.close();
  }
}

/** Mulberry32: the same numbers for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
