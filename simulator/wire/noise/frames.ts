import { NOISE_WA_HEADER } from '@whiskeysockets/baileys';

const LENGTH_BYTES = 3;
const ROUTING_PREFIX = Buffer.from('ED\0\x01', 'latin1');

/** Adds the 3-byte length that precedes every frame. */
export const encodeFrame = (payload: Uint8Array): Buffer => {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + payload.byteLength);
  frame.writeUIntBE(payload.byteLength, 0, LENGTH_BYTES);
  frame.set(payload, LENGTH_BYTES);
  return frame;
};

/**
 * Cuts a client's byte stream into frames. The stream opens with an optional routing blob (`ED 00 01`, 3-byte
 * length, bytes; sent by clients that were routed before) and the `WA` header with the dictionary version.
 */
export const createFrameReader = (): ((chunk: Uint8Array) => readonly Uint8Array[]) => {
  let pending: Buffer = Buffer.alloc(0);
  let introduced = false;

  const skipIntro = (): boolean => {
    let offset = 0;
    if (pending[0] === ROUTING_PREFIX[0]) {
      const lengthAt = ROUTING_PREFIX.length;
      if (pending.length < lengthAt + LENGTH_BYTES) return false;
      offset = lengthAt + LENGTH_BYTES + pending.readUIntBE(lengthAt, LENGTH_BYTES);
    }
    const end = offset + NOISE_WA_HEADER.length;
    if (pending.length < end) return false;
    if (!pending.subarray(offset, end).equals(NOISE_WA_HEADER)) throw new Error('not a WhatsApp stream');
    pending = pending.subarray(end);
    return true;
  };

  return (chunk) => {
    pending = pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([pending, chunk]);
    introduced ||= skipIntro();
    if (!introduced) return [];
    const frames: Uint8Array[] = [];
    while (pending.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + pending.readUIntBE(0, LENGTH_BYTES);
      if (pending.length < end) break;
      frames.push(pending.subarray(LENGTH_BYTES, end));
      pending = pending.subarray(end);
    }
    return frames;
  };
};
