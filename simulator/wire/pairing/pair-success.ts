import {
  type BinaryNode,
  Curve,
  hmacSign,
  type KeyPair,
  proto,
  WA_ADV_ACCOUNT_SIG_PREFIX,
} from '@whiskeysockets/baileys';
import type { Registration } from '../devices.ts';
import { node, SERVER } from '../nodes.ts';

export type PairSuccess = {
  readonly stanzaId: string;
  readonly deviceId: number;
  readonly devicePnJid: string;
  readonly deviceLidJid: string;
  readonly registration: Registration;
  /** The secret that the QR code carried, or that the code exchange agreed on. */
  readonly advSecret: Uint8Array;
  /** The phone's Signal identity: it vouches for its companions. */
  readonly accountKey: KeyPair;
  readonly nowSeconds: number;
};

/** The stanza that makes a companion a member of the account. */
export const pairSuccessStanza = (pairing: PairSuccess): BinaryNode => {
  const details = proto.ADVDeviceIdentity.encode({
    rawId: pairing.deviceId,
    timestamp: pairing.nowSeconds,
    keyIndex: pairing.deviceId,
    accountType: proto.ADVEncryptionType.E2EE,
    deviceType: proto.ADVEncryptionType.E2EE,
  }).finish();
  const signed = Buffer.concat([WA_ADV_ACCOUNT_SIG_PREFIX, details, pairing.registration.identityKey]);
  const identity = proto.ADVSignedDeviceIdentity.encode({
    details,
    accountSignatureKey: pairing.accountKey.public,
    accountSignature: Curve.sign(pairing.accountKey.private, signed),
  }).finish();
  const sealed = proto.ADVSignedDeviceIdentityHMAC.encode({
    details: identity,
    hmac: hmacSign(identity, pairing.advSecret),
  }).finish();
  const attrs = { from: SERVER, type: 'set', id: pairing.stanzaId, t: String(pairing.nowSeconds) };
  return node('iq', attrs, [
    node('pair-success', {}, [
      node('device-identity', {}, sealed),
      node('platform', { name: 'android' }),
      node('device', { jid: pairing.devicePnJid, lid: pairing.deviceLidJid }),
    ]),
  ]);
};
