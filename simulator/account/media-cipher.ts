import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  timingSafeEqual,
} from 'node:crypto';

/** How encrypted files are made: keys by HKDF from the media key, AES-256-CBC, then ten bytes of HMAC. */
const INFO = {
  image: 'WhatsApp Image Keys',
  sticker: 'WhatsApp Image Keys',
  video: 'WhatsApp Video Keys',
  audio: 'WhatsApp Audio Keys',
  voice: 'WhatsApp Audio Keys',
  document: 'WhatsApp Document Keys',
  history: 'WhatsApp History Keys',
  'app-state': 'WhatsApp App State Keys',
} as const;

export type BlobKind = keyof typeof INFO;

const MAC_BYTES = 10;

export interface EncryptedBlob {
  readonly bytes: Buffer;
  readonly fileSha256: Buffer;
  readonly fileEncSha256: Buffer;
  readonly fileLength: number;
}

const keysOf = (mediaKey: Uint8Array, kind: BlobKind) => {
  const expanded = Buffer.from(hkdfSync('sha256', mediaKey, Buffer.alloc(0), INFO[kind], 112));
  return { iv: expanded.subarray(0, 16), cipher: expanded.subarray(16, 48), mac: expanded.subarray(48, 80) };
};

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

export const encryptBlob = (plain: Uint8Array, mediaKey: Uint8Array, kind: BlobKind): EncryptedBlob => {
  const keys = keysOf(mediaKey, kind);
  const cipher = createCipheriv('aes-256-cbc', keys.cipher, keys.iv);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  const mac = createHmac('sha256', keys.mac).update(keys.iv).update(body).digest().subarray(0, MAC_BYTES);
  const bytes = Buffer.concat([body, mac]);
  return { bytes, fileSha256: sha256(plain), fileEncSha256: sha256(bytes), fileLength: plain.length };
};

/** Throws when the MAC or the padding is wrong. */
export const decryptBlob = (bytes: Uint8Array, mediaKey: Uint8Array, kind: BlobKind): Buffer => {
  const keys = keysOf(mediaKey, kind);
  const body = bytes.subarray(0, -MAC_BYTES);
  const mac = createHmac('sha256', keys.mac).update(keys.iv).update(body).digest().subarray(0, MAC_BYTES);
  if (!timingSafeEqual(mac, bytes.subarray(-MAC_BYTES))) throw new Error('media MAC does not match');
  const decipher = createDecipheriv('aes-256-cbc', keys.cipher, keys.iv);
  return Buffer.concat([decipher.update(body), decipher.final()]);
};
