import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PRIVATE_FILE } from '#kernel/data-dir.ts';
import { dataDirError } from '#kernel/data-dir-error.ts';
import { TandemError } from '#kernel/errors.ts';

/** Where a list goes on. The caller sees one opaque word that fits only the query it came from. */
export interface Cursors {
  /** `query` = everything that selects or orders the list, except how many. */
  seal(list: string, query: unknown, place: Place): string;
  /** Throws INVALID_CURSOR. */
  open(list: string, query: unknown, cursor: string): Place;
}

const placeSchema = z.array(z.union([z.string().max(1_000), z.number()])).max(4);
export type Place = z.infer<typeof placeSchema>;

const SECRET_BYTES = 32;
/** 96 bits: far beyond guessing, and short for a reader that pays by the token. */
const MAC_BYTES = 12;
const CURSOR_MAX_CHARS = 2_000;

export function createCursors(secret: Uint8Array): Cursors {
  const mac = (list: string, query: unknown, payload: string) =>
    createHmac('sha256', secret)
      .update(JSON.stringify([list, query, payload]))
      .digest()
      .subarray(0, MAC_BYTES);
  return {
    seal: (list, query, place) => {
      const payload = Buffer.from(JSON.stringify(place)).toString('base64url');
      return `${payload}.${mac(list, query, payload).toString('base64url')}`;
    },
    open: (list, query, cursor) => {
      const [payload, seal, more] = cursor.length > CURSOR_MAX_CHARS ? [] : cursor.split('.');
      if (payload === undefined || seal === undefined || more !== undefined) throw invalidCursor();
      const given = Buffer.from(seal, 'base64url');
      if (given.length !== MAC_BYTES || !timingSafeEqual(given, mac(list, query, payload)))
        throw invalidCursor();
      return placeSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
    },
  };
}

function invalidCursor(): TandemError {
  return new TandemError('INVALID_CURSOR');
}

/** The secret of a data directory; made at first use, so that cursors outlive a restart. */
export function loadCursorSecret(dataDirRoot: string): Uint8Array {
  const file = join(dataDirRoot, 'cursor.key');
  try {
    const kept = readFileSync(file);
    if (kept.length === SECRET_BYTES) return kept;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw dataDirError(cause);
  }
  const fresh = randomBytes(SECRET_BYTES);
  try {
    writeFileSync(file, fresh, { mode: PRIVATE_FILE });
  } catch (cause) {
    throw dataDirError(cause);
  }
  return fresh;
}
