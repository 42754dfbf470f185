import type { BinaryNode } from '@whiskeysockets/baileys';
import type { Connection } from './connection.ts';
import type { DeviceHub, LinkedDevice } from './contract.ts';
import { type AccountIdentity, userJid, withDevice } from './identity.ts';
import { node, SERVER } from './nodes.ts';
import { createOfflineQueue, type OfflineQueue } from './offline-queue.ts';
import type { PublicPreKey, SignedPublicPreKey } from './signal-bundle.ts';

/** What a companion tells about itself when it registers. */
export type Registration = {
  readonly noiseKey: Uint8Array;
  readonly identityKey: Uint8Array;
  readonly registrationId: number;
  readonly signedPreKey: SignedPublicPreKey;
  /** It asked for the whole history, not only for recent months. */
  readonly wantsFullHistory: boolean;
  readonly platform: string;
};

/** The server's record of a companion. */
export type Companion = LinkedDevice & {
  readonly registration: Registration;
  /** It takes stanzas. A browser does not: its page is served from the account itself. */
  readonly speaksWire: boolean;
  readonly signedPreKey: () => SignedPublicPreKey;
  readonly rotateSignedPreKey: (key: SignedPublicPreKey) => void;
  readonly addPreKeys: (keys: readonly PublicPreKey[]) => void;
  /** One-time keys are handed out once; null when none is left. */
  readonly takePreKey: () => PublicPreKey | null;
  readonly preKeyCount: () => number;
  readonly offlineQueue: OfflineQueue;
  readonly connection: () => Connection | null;
  readonly attach: (connection: Connection | null) => void;
  /** Stanzas flow only after the client has declared itself active. */
  readonly activate: () => void;
  /** True exactly once: whoever gets it starts the initial history. Live messages follow from then on. */
  readonly claimInitialSync: () => boolean;
  readonly receivesLive: () => boolean;
  readonly removed: () => boolean;
  readonly markRemoved: () => void;
};

export type DeviceRegistry = DeviceHub & {
  readonly companions: () => readonly Companion[];
  readonly byId: (id: number) => Companion | null;
  readonly nextDeviceId: () => number;
  readonly add: (id: number, registration: Registration, speaksWire?: boolean) => Companion;
  /** Forgets the device and closes its connection with the given last stanza. */
  readonly remove: (companion: Companion, farewell: BinaryNode) => void;
  readonly announceLinked: (companion: Companion) => void;
  /** Like `send`, and resolves when the bytes have left; a device that is offline resolves at once. */
  readonly deliver: (companion: Companion, stanza: BinaryNode) => Promise<void>;
};

const QUEUED_TAGS = new Set(['message', 'receipt', 'notification']);

// Below this many one-time keys the server asks for more.
const LOW_PRE_KEYS = 5;

const createCompanion = (
  id: number,
  identity: AccountIdentity,
  registration: Registration,
  speaksWire: boolean,
  onLowPreKeys: (left: number) => void,
): Companion => {
  const preKeys: PublicPreKey[] = [];
  let signedPreKey = registration.signedPreKey;
  let connection: Connection | null = null;
  let active = false;
  let synced = false;
  let removed = false;
  return {
    id,
    pnJid: withDevice(identity.pnJid, id),
    lidJid: withDevice(identity.lidJid, id),
    get online() {
      return active && (connection?.isOpen() ?? false);
    },
    registration,
    speaksWire,
    signedPreKey: () => signedPreKey,
    rotateSignedPreKey: (key) => {
      signedPreKey = key;
    },
    addPreKeys: (keys) => {
      const known = new Set(preKeys.map((key) => key.id));
      preKeys.push(...keys.filter((key) => !known.has(key.id)));
    },
    takePreKey: () => {
      const key = preKeys.shift() ?? null;
      if (key !== null && preKeys.length < LOW_PRE_KEYS) onLowPreKeys(preKeys.length);
      return key;
    },
    preKeyCount: () => preKeys.length,
    offlineQueue: createOfflineQueue(),
    connection: () => connection,
    attach: (next) => {
      connection = next;
      active = false;
    },
    activate: () => {
      active = true;
    },
    claimInitialSync: () => {
      const first = !synced;
      synced = true;
      return first;
    },
    receivesLive: () => synced && !removed,
    removed: () => removed,
    markRemoved: () => {
      removed = true;
    },
  };
};

export const createDeviceRegistry = (
  identity: AccountIdentity,
  nextId: () => string,
  nowSeconds: () => number,
): DeviceRegistry => {
  const companions = new Map<number, Companion>();
  const linkedListeners = new Set<(device: LinkedDevice) => void>();
  const removedListeners = new Set<(device: LinkedDevice) => void>();
  // The phone is 0. A number is never used again, as on the real server.
  let lastDeviceId = 0;

  const subscribe = (listeners: Set<(device: LinkedDevice) => void>, listener: (d: LinkedDevice) => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };

  const deliver = async (companion: Companion, stanza: BinaryNode): Promise<void> => {
    if (!companion.speaksWire) return;
    const queued = QUEUED_TAGS.has(stanza.tag);
    if (queued) companion.offlineQueue.add(stanza);
    const connection = companion.connection();
    if (companion.online && connection) await connection.send(stanza);
  };

  const registry: DeviceRegistry = {
    devices: () => [...companions.values()].filter((companion) => companion.speaksWire),
    companions: () => [...companions.values()],
    byId: (id) => companions.get(id) ?? null,
    nextDeviceId: () => ++lastDeviceId,
    nextId,
    deviceIds: (jid) => {
      const user = userJid(jid);
      const own = user === identity.pnJid || user === identity.lidJid;
      const linked = own ? [...companions.keys()].map((id) => ({ id, keyIndex: id })) : [];
      return [{ id: 0, keyIndex: 0 }, ...linked];
    },
    add: (id, registration, speaksWire = true) => {
      const askForKeys = (left: number): void => {
        const attrs = { type: 'encrypt', from: SERVER, id: nextId(), t: String(nowSeconds()) };
        const count = node('count', { value: String(left) });
        void deliver(companion, node('notification', attrs, [count]));
      };
      const companion = createCompanion(id, identity, registration, speaksWire, askForKeys);
      companions.set(id, companion);
      return companion;
    },
    remove: (companion, farewell) => {
      if (!companions.delete(companion.id)) return;
      companion.markRemoved();
      companion.connection()?.end(farewell);
      for (const listener of removedListeners) listener(companion);
    },
    announceLinked: (companion) => {
      for (const listener of linkedListeners) listener(companion);
    },
    deliver,
    send: (device, stanza) => {
      const companion = companions.get(device.id);
      if (companion) void deliver(companion, stanza);
    },
    broadcast: (stanza, options = {}) => {
      for (const companion of companions.values()) {
        if (companion.id === options.except?.id) continue;
        const attrs = { id: nextId(), t: String(nowSeconds()), ...stanza.attrs };
        void deliver(companion, node(stanza.tag, attrs, stanza.content));
      }
    },
    onLinked: (listener) => subscribe(linkedListeners, listener),
    onRemoved: (listener) => subscribe(removedListeners, listener),
  };
  return registry;
};
