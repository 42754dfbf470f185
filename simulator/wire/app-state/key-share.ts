import { randomBytes } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import type { AppStateSyncKey } from '../contract.ts';

const KEY_ID_BYTES = 6;
const KEY_BYTES = 32;

export const createSyncKey = (timestampMs: number): AppStateSyncKey => ({
  keyId: randomBytes(KEY_ID_BYTES),
  keyData: randomBytes(KEY_BYTES),
  timestampMs,
});

/** The peer message by which the phone hands its keys to a companion. */
export const keyShareMessage = (keys: readonly AppStateSyncKey[]): proto.IMessage => ({
  protocolMessage: {
    type: proto.Message.ProtocolMessage.Type.APP_STATE_SYNC_KEY_SHARE,
    appStateSyncKeyShare: {
      keys: keys.map((key) => ({
        keyId: { keyId: key.keyId },
        keyData: {
          keyData: key.keyData,
          fingerprint: { rawId: 1, currentIndex: 0, deviceIndexes: [0] },
          timestamp: key.timestampMs,
        },
      })),
    },
  },
});
