import { hkdfSync } from 'node:crypto';

/** The homomorphic hash over a collection: adding and removing records in any order gives the same value. */
export const HASH_BYTES = 128;
const INFO = 'WhatsApp Patch Integrity';

export const emptyHash = (): Buffer => Buffer.alloc(HASH_BYTES);

const expand = (valueMac: Uint8Array): Buffer =>
  Buffer.from(hkdfSync('sha256', valueMac, Buffer.alloc(0), INFO, HASH_BYTES));

const combine = (hash: Uint8Array, valueMac: Uint8Array, sign: 1 | -1): Buffer => {
  const out = Buffer.from(hash);
  const part = expand(valueMac);
  for (let at = 0; at < HASH_BYTES; at += 2)
    out.writeUInt16LE((out.readUInt16LE(at) + sign * part.readUInt16LE(at)) & 0xffff, at);
  return out;
};

export const addTo = (hash: Uint8Array, valueMac: Uint8Array): Buffer => combine(hash, valueMac, 1);
export const removeFrom = (hash: Uint8Array, valueMac: Uint8Array): Buffer => combine(hash, valueMac, -1);
