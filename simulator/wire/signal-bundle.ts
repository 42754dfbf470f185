import {
  type BinaryNode,
  encodeBigEndian,
  generateSignalPubKey,
  KEY_BUNDLE_TYPE,
  type SignalRepository,
} from '@whiskeysockets/baileys';
import { childBytes, childNumber, node } from './nodes.ts';

export type PublicPreKey = { readonly id: number; readonly publicKey: Uint8Array };
export type SignedPublicPreKey = PublicPreKey & { readonly signature: Uint8Array };

/** What a sender needs to open a session with a device. */
export type SignalBundle = {
  readonly registrationId: number;
  readonly identityKey: Uint8Array;
  readonly signedPreKey: SignedPublicPreKey;
  readonly preKey: PublicPreKey | null;
};

type Session = Parameters<SignalRepository['injectE2ESession']>[0]['session'];

export const toSession = (bundle: SignalBundle): Session => ({
  registrationId: bundle.registrationId,
  identityKey: generateSignalPubKey(bundle.identityKey),
  signedPreKey: {
    keyId: bundle.signedPreKey.id,
    publicKey: generateSignalPubKey(bundle.signedPreKey.publicKey),
    signature: bundle.signedPreKey.signature,
  },
  ...(bundle.preKey
    ? { preKey: { keyId: bundle.preKey.id, publicKey: generateSignalPubKey(bundle.preKey.publicKey) } }
    : {}),
});

const PRE_KEY_ID_BYTES = 3;

const preKeyNode = (tag: string, key: PublicPreKey, signature?: Uint8Array): BinaryNode =>
  node(tag, {}, [
    node('id', {}, encodeBigEndian(key.id, PRE_KEY_ID_BYTES)),
    node('value', {}, key.publicKey),
    ...(signature ? [node('signature', {}, signature)] : []),
  ]);

/** The `<user>` of an answer to `encrypt` get key. */
export const bundleNode = (jid: string, bundle: SignalBundle): BinaryNode =>
  node('user', { jid }, [
    node('registration', {}, encodeBigEndian(bundle.registrationId)),
    node('type', {}, KEY_BUNDLE_TYPE),
    node('identity', {}, bundle.identityKey),
    preKeyNode('skey', bundle.signedPreKey, bundle.signedPreKey.signature),
    ...(bundle.preKey ? [preKeyNode('key', bundle.preKey)] : []),
  ]);

/** Reads `<key>` or, with its signature, `<skey>`; null when malformed. */
export const readPreKey = (parent: BinaryNode | null): PublicPreKey | null => {
  const id = childNumber(parent, 'id');
  const publicKey = childBytes(parent, 'value');
  return id === null || publicKey === null ? null : { id, publicKey };
};

export const readSignedPreKey = (parent: BinaryNode | null): SignedPublicPreKey | null => {
  const key = readPreKey(parent);
  const signature = childBytes(parent, 'signature');
  return key === null || signature === null ? null : { ...key, signature };
};
