import { hkdfSync, randomBytes } from 'node:crypto';
import {
  aesDecryptCTR,
  aesDecryptGCM,
  aesEncryptCTR,
  Curve,
  derivePairingCodeKey,
  type KeyPair,
} from '@whiskeysockets/baileys';

/**
 * The phone's half of linking by an 8-character code. The code encrypts both ephemeral keys, so a wrong code
 * shows only at the end: the key bundle does not open.
 */

const SALT_BYTES = 32;
const WRAP_IV_BYTES = 16;
const BUNDLE_IV_BYTES = 12;
const KEY_BYTES = 32;
const NOTHING = new Uint8Array(0);

const hkdf = (input: Uint8Array, salt: Uint8Array, info: string): Uint8Array =>
  Buffer.from(hkdfSync('sha256', input, salt, info, KEY_BYTES));

const unwrapKey = async (wrapped: Uint8Array, code: string): Promise<Uint8Array> => {
  const salt = wrapped.subarray(0, SALT_BYTES);
  const iv = wrapped.subarray(SALT_BYTES, SALT_BYTES + WRAP_IV_BYTES);
  const key = await derivePairingCodeKey(code, Buffer.from(salt));
  return aesDecryptCTR(wrapped.subarray(SALT_BYTES + WRAP_IV_BYTES), key, iv);
};

const wrapKey = async (publicKey: Uint8Array, code: string): Promise<Uint8Array> => {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(WRAP_IV_BYTES);
  const key = await derivePairingCodeKey(code, salt);
  return Buffer.concat([salt, iv, aesEncryptCTR(publicKey, key, iv)]);
};

export type CodeExchange = {
  /** The phone's ephemeral key, wrapped with the code, for `primary_hello`. */
  readonly wrappedEphemeral: Uint8Array;
  /** The secret that signs the pairing, or null when the two sides used different codes. */
  readonly openBundle: (bundle: Uint8Array, companionIdentity: Uint8Array) => Uint8Array | null;
};

export const beginCodeExchange = async (
  code: string,
  wrappedCompanionEphemeral: Uint8Array,
  accountKey: KeyPair,
): Promise<CodeExchange> => {
  const companionEphemeral = await unwrapKey(wrappedCompanionEphemeral, code);
  const ephemeral = Curve.generateKeyPair();
  const shared = Curve.sharedKey(ephemeral.private, companionEphemeral);

  const openBundle = (bundle: Uint8Array, companionIdentity: Uint8Array): Uint8Array | null => {
    const salt = bundle.subarray(0, SALT_BYTES);
    const iv = bundle.subarray(SALT_BYTES, SALT_BYTES + BUNDLE_IV_BYTES);
    const key = hkdf(shared, salt, 'link_code_pairing_key_bundle_encryption_key');
    try {
      const plain = aesDecryptGCM(bundle.subarray(SALT_BYTES + BUNDLE_IV_BYTES), key, iv, NOTHING);
      // companion identity, our identity, a random value of the companion
      const random = plain.subarray(2 * KEY_BYTES);
      const identityShared = Curve.sharedKey(accountKey.private, companionIdentity);
      return hkdf(Buffer.concat([shared, identityShared, random]), NOTHING, 'adv_secret');
    } catch {
      return null;
    }
  };
  return { wrappedEphemeral: await wrapKey(ephemeral.public, code), openBundle };
};

/** Codes are shown as `ABCD-EFGH` and typed in any case. */
export const normaliseCode = (code: string): string => code.replaceAll(/[\s-]/g, '').toUpperCase();
