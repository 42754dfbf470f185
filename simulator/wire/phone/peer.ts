import { proto } from '@whiskeysockets/baileys';
import type { Companion, DeviceRegistry } from '../devices.ts';
import type { AccountIdentity } from '../identity.ts';
import { node } from '../nodes.ts';
import { takeCompanionBundle } from '../signal/parties.ts';
import type { Party } from '../signal/party.ts';

/** Sends protocol messages from the phone to one companion: history, keys, answers. */
export type PeerChannel = (companion: Companion, message: proto.Message.IProtocolMessage) => Promise<void>;

export type PeerDeps = {
  readonly identity: AccountIdentity;
  readonly registry: DeviceRegistry;
  readonly phone: Party;
  readonly nowSeconds: () => number;
};

export const createPeerChannel =
  ({ identity, registry, phone, nowSeconds }: PeerDeps): PeerChannel =>
  async (companion, protocolMessage) => {
    await phone.ensureSession(companion.lidJid, () => takeCompanionBundle(companion));
    const { type, ciphertext } = await phone.seal(companion.lidJid, { protocolMessage });
    const attrs = { from: identity.pnJid, id: registry.nextId(), t: String(nowSeconds()), type: 'text' };
    await registry.deliver(
      companion,
      // No `recipient`: with one, clients would take it for a message to somebody else.
      node('message', { ...attrs, category: 'peer' }, [node('enc', { v: '2', type }, ciphertext)]),
    );
  };

/** The app-state key, so that the companion can read and sign settings. */
export const keyShareMessage = (key: {
  readonly keyId: Uint8Array;
  readonly keyData: Uint8Array;
  readonly timestampMs: number;
}): proto.Message.IProtocolMessage => ({
  type: proto.Message.ProtocolMessage.Type.APP_STATE_SYNC_KEY_SHARE,
  appStateSyncKeyShare: {
    keys: [
      {
        keyId: { keyId: key.keyId },
        keyData: {
          keyData: key.keyData,
          fingerprint: { rawId: 1, currentIndex: 0, deviceIndexes: [0] },
          timestamp: key.timestampMs,
        },
      },
    ],
  },
});
