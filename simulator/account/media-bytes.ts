import { createCipheriv, createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import type { SimMedia } from './model.ts';

const KEY_BYTES = 32;

/** A key stream is the quickest source of bytes that look like compressed media. */
const noise = (seed: string, bytes: number): Buffer => {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
};

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
};

/** A real picture, so that viewers and thumbnailers have something to show. */
const png = (media: SimMedia): Buffer => {
  const width = media.width ?? 32;
  const height = media.height ?? 32;
  const tint = noise(media.blobSeed, 3);
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * (1 + width * 3) + 1 + x * 3;
      for (let c = 0; c < 3; c++) rows[at + c] = ((tint[c] ?? 0) + x * (c + 1) + y * (3 - c)) & 0xff;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};

const MAGIC: Readonly<Record<string, string>> = {
  'video/mp4': '00000018667479706d703432',
  'audio/ogg; codecs=opus': '4f67675300020000',
  'audio/mp4': '0000001c667479704d344120',
  'application/pdf': '255044462d312e370a',
  'image/webp': '52494646000000005745425056503820',
};

/** The plain bytes of a generated file. */
export const mediaBytes = (media: SimMedia): Buffer => {
  if (media.mimeType === 'image/png') return png(media);
  if (media.mimeType === 'text/plain') return Buffer.from(`${media.fileName}\n${media.blobSeed}\n`, 'utf8');
  const magic = Buffer.from(MAGIC[media.mimeType] ?? '', 'hex');
  return Buffer.concat([magic, noise(media.blobSeed, Math.max(0, media.bytes - magic.length))]);
};

export const mediaKeyOf = (media: SimMedia): Buffer =>
  createHash('sha256').update(`${media.blobSeed}/key`).digest().subarray(0, KEY_BYTES);
