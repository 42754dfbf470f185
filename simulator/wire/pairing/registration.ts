import { proto } from '@whiskeysockets/baileys';
import type { Registration } from '../devices.ts';

type PairingData = proto.ClientPayload.IDevicePairingRegistrationData;

const bytes = (value: Uint8Array | null | undefined): Uint8Array => {
  if (!value?.length) throw new Error('registration is incomplete');
  return value;
};

const number = (value: Uint8Array | null | undefined): number => {
  const present = Buffer.from(bytes(value));
  return present.readUIntBE(0, present.length);
};

/** Reads the part of the client payload that a new companion sends. Throws when a field is missing. */
export const readRegistration = (noiseKey: Uint8Array, data: PairingData): Registration => {
  const props = proto.DeviceProps.decode(bytes(data.deviceProps));
  return {
    noiseKey,
    identityKey: bytes(data.eIdent),
    registrationId: number(data.eRegid),
    signedPreKey: {
      id: number(data.eSkeyId),
      publicKey: bytes(data.eSkeyVal),
      signature: bytes(data.eSkeySig),
    },
    wantsFullHistory: props.requireFullSync ?? false,
    platform: proto.DeviceProps.PlatformType[props.platformType ?? 0] ?? 'UNKNOWN',
  };
};
