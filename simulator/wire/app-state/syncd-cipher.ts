import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import type { AppStateSyncKey } from '../contract.ts';

/** What changes: an index names the thing, the value says how it is now. */
export interface Mutation {
  readonly operation: 'set' | 'remove';
  readonly index: readonly string[];
  readonly value: proto.ISyncActionValue;
  /** Version of the action's own format, as clients send it. */
  readonly version: number;
}

/** The five keys made from one shared key. */
export interface SyncdKeys {
  readonly id: Uint8Array;
  readonly index: Buffer;
  readonly encryption: Buffer;
  readonly valueMac: Buffer;
  readonly snapshotMac: Buffer;
  readonly patchMac: Buffer;
}

const INFO = 'WhatsApp Mutation Keys';
const KEY_BYTES = 32;
const IV_BYTES = 16;
export const VALUE_MAC_BYTES = 32;

export const Operation = proto.SyncdMutation.SyncdOperation;

export const expandKeys = (key: AppStateSyncKey): SyncdKeys => {
  const all = Buffer.from(hkdfSync('sha256', key.keyData, Buffer.alloc(0), INFO, 5 * KEY_BYTES));
  const part = (n: number): Buffer => all.subarray(n * KEY_BYTES, (n + 1) * KEY_BYTES);
  return {
    id: key.keyId,
    index: part(0),
    encryption: part(1),
    valueMac: part(2),
    snapshotMac: part(3),
    patchMac: part(4),
  };
};

const hmac = (algorithm: 'sha256' | 'sha512', key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer => {
  const mac = createHmac(algorithm, key);
  for (const part of parts) mac.update(part);
  return mac.digest();
};

const uint64 = (value: number): Buffer => {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(BigInt(value));
  return out;
};

export const indexMacOf = (keys: SyncdKeys, index: Uint8Array): Buffer => hmac('sha256', keys.index, index);

export const valueMacOf = (
  keys: SyncdKeys,
  operation: Mutation['operation'],
  encrypted: Uint8Array,
): Buffer => {
  const header = Buffer.concat([Buffer.from([operation === 'set' ? 1 : 2]), keys.id]);
  return hmac('sha512', keys.valueMac, header, encrypted, uint64(header.length)).subarray(0, VALUE_MAC_BYTES);
};

export const snapshotMacOf = (keys: SyncdKeys, hash: Uint8Array, version: number, name: string): Buffer =>
  hmac('sha256', keys.snapshotMac, hash, uint64(version), Buffer.from(name));

export const patchMacOf = (
  keys: SyncdKeys,
  snapshotMac: Uint8Array,
  valueMacs: readonly Uint8Array[],
  version: number,
  name: string,
): Buffer => hmac('sha256', keys.patchMac, snapshotMac, ...valueMacs, uint64(version), Buffer.from(name));

export const sealMutation = (keys: SyncdKeys, mutation: Mutation): proto.ISyncdMutation => {
  const index = Buffer.from(JSON.stringify(mutation.index));
  const { value, version } = mutation;
  const plain = proto.SyncActionData.encode({ index, value, padding: new Uint8Array(0), version }).finish();
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-cbc', keys.encryption, iv);
  const encrypted = Buffer.concat([iv, cipher.update(plain), cipher.final()]);
  return {
    operation: mutation.operation === 'set' ? Operation.SET : Operation.REMOVE,
    record: {
      index: { blob: indexMacOf(keys, index) },
      value: { blob: Buffer.concat([encrypted, valueMacOf(keys, mutation.operation, encrypted)]) },
      keyId: { id: keys.id },
    },
  };
};

/** Null when a MAC does not match or the content is not what it should be. */
export const openMutation = (keys: SyncdKeys, sealed: proto.ISyncdMutation): Mutation | null => {
  const blob = sealed.record?.value?.blob;
  const indexBlob = sealed.record?.index?.blob;
  if (!blob || !indexBlob || !Buffer.from(sealed.record?.keyId?.id ?? []).equals(keys.id)) return null;
  const operation = sealed.operation === Operation.REMOVE ? 'remove' : 'set';
  const encrypted = blob.subarray(0, -VALUE_MAC_BYTES);
  if (!valueMacOf(keys, operation, encrypted).equals(blob.subarray(-VALUE_MAC_BYTES))) return null;
  const decipher = createDecipheriv('aes-256-cbc', keys.encryption, encrypted.subarray(0, IV_BYTES));
  const plain = Buffer.concat([decipher.update(encrypted.subarray(IV_BYTES)), decipher.final()]);
  const data = proto.SyncActionData.decode(plain);
  if (!indexMacOf(keys, data.index ?? new Uint8Array()).equals(indexBlob)) return null;
  const index: unknown = JSON.parse(Buffer.from(data.index ?? []).toString());
  if (!Array.isArray(index) || !index.every((part) => typeof part === 'string')) return null;
  return { operation, index, value: data.value ?? {}, version: data.version ?? 0 };
};
