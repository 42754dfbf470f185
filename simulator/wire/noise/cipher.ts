import { createHash, hkdfSync } from 'node:crypto';
import { aesDecryptGCM, aesEncryptGCM, NOISE_MODE, NOISE_WA_HEADER } from '@whiskeysockets/baileys';

const IV_BYTES = 12;
const KEY_BYTES = 32;
const NOTHING = new Uint8Array(0);

const counterIv = (counter: number): Uint8Array => {
  const iv = new Uint8Array(IV_BYTES);
  new DataView(iv.buffer).setUint32(8, counter);
  return iv;
};

/** The running state of a Noise handshake: transcript hash, chaining key, current cipher key. */
export type SymmetricState = {
  readonly mixHash: (data: Uint8Array) => void;
  readonly mixKey: (sharedSecret: Uint8Array) => void;
  readonly encrypt: (plaintext: Uint8Array) => Uint8Array;
  readonly decrypt: (ciphertext: Uint8Array) => Uint8Array;
  /** The two transport keys: first the initiator's (client to server), then ours. */
  readonly split: () => readonly [Uint8Array, Uint8Array];
};

export const createSymmetricState = (): SymmetricState => {
  let hash: Uint8Array = Buffer.from(NOISE_MODE);
  let salt = hash;
  let key = hash;
  let counter = 0;

  const derive = (input: Uint8Array): readonly [Uint8Array, Uint8Array] => {
    const bytes = Buffer.from(hkdfSync('sha256', input, salt, '', 2 * KEY_BYTES));
    return [bytes.subarray(0, KEY_BYTES), bytes.subarray(KEY_BYTES)];
  };
  const mixHash = (data: Uint8Array): void => {
    hash = createHash('sha256').update(hash).update(data).digest();
  };

  mixHash(NOISE_WA_HEADER);
  return {
    mixHash,
    mixKey: (sharedSecret) => {
      [salt, key] = derive(sharedSecret);
      counter = 0;
    },
    encrypt: (plaintext) => {
      const ciphertext = aesEncryptGCM(plaintext, key, counterIv(counter++), hash);
      mixHash(ciphertext);
      return ciphertext;
    },
    decrypt: (ciphertext) => {
      const plaintext = aesDecryptGCM(ciphertext, key, counterIv(counter++), hash);
      mixHash(ciphertext);
      return plaintext;
    },
    split: () => derive(NOTHING),
  };
};

/** One direction each: every frame has its own counter, no transcript any more. */
export type Transport = {
  readonly encrypt: (plaintext: Uint8Array) => Uint8Array;
  readonly decrypt: (ciphertext: Uint8Array) => Uint8Array;
};

export const createTransport = (encryptKey: Uint8Array, decryptKey: Uint8Array): Transport => {
  let written = 0;
  let read = 0;
  return {
    encrypt: (plaintext) => aesEncryptGCM(plaintext, encryptKey, counterIv(written++), NOTHING),
    decrypt: (ciphertext) => aesDecryptGCM(ciphertext, decryptKey, counterIv(read++), NOTHING),
  };
};
