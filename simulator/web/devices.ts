import { randomBytes } from 'node:crypto';
import { Curve, proto, signedKeyPair } from '@whiskeysockets/baileys';
import type { ChatKey } from '../account/model.ts';
import type { Connection } from '../wire/connection.ts';
import type { Companion } from '../wire/devices.ts';
import { deviceRemoved } from '../wire/server/session-queries.ts';
import type { WebDeps, WebDevice } from './contract.ts';
import { createDisk } from './disk.ts';

/** The wire's view of an open page: what its faults and the phone can do to it. */
export type PagePort = {
  readonly isOpen: () => boolean;
  readonly drop: () => void;
  /** Another device took over, or the server wants a new connection. */
  readonly end: (reason: 'replaced' | 'restart') => void;
};

export type WebDevices = {
  readonly byToken: (token: string) => WebDevice | null;
  /** A new member of the account's device list. */
  readonly link: (staticKey: Uint8Array) => WebDevice;
  readonly open: (device: WebDevice, port: PagePort) => void;
  readonly closed: (device: WebDevice) => void;
  /** `asked`: its own page did. */
  readonly remove: (device: WebDevice, options?: { readonly asked?: boolean }) => void;
  readonly onRemoved: (listener: (device: WebDevice, asked: boolean) => void) => void;
  readonly close: () => void;
};

const TOKEN_BYTES = 24;
const REGISTRATION_ID = 77;

const connectionOf = (port: PagePort, clientKey: Uint8Array): Connection => ({
  clientKey,
  payload: proto.ClientPayload.create({}),
  isOpen: port.isOpen,
  send: () => Promise.resolve(),
  end: (stanza) => {
    const [child] = Array.isArray(stanza?.content) ? stanza.content : [];
    const reason = child?.attrs.type;
    // A removed device is told so by the listener below, over this very connection.
    if (reason !== 'device_removed') port.end(reason === 'replaced' ? 'replaced' : 'restart');
  },
  drop: port.drop,
  cutNextStanza: () => port.drop(),
  onStanza: () => undefined,
  onClose: () => undefined,
});

/** Linked browsers. Each is also a companion of the wire, so that phone and other devices see and can unlink it. */
export const createWebDevices = (deps: WebDeps): WebDevices => {
  const { registry } = { registry: deps.wire.devices };
  const devices = new Map<number, { readonly device: WebDevice; readonly companion: Companion }>();
  const listeners: ((device: WebDevice, asked: boolean) => void)[] = [];
  const asked = new Set<number>();
  const disk = createDisk(deps);

  const stop = registry.onRemoved(({ id }) => {
    const entry = devices.get(id);
    if (!entry || !devices.delete(id)) return;
    disk.forget(entry.device);
    for (const listener of listeners) listener(entry.device, asked.has(id));
  });

  return {
    byToken: (token) => [...devices.values()].find(({ device }) => device.token === token)?.device ?? null,
    link: (staticKey) => {
      const id = registry.nextDeviceId();
      const identity = Curve.generateKeyPair();
      const signed = signedKeyPair(identity, 1);
      // Others may encrypt for it; nobody reads those copies, as the page is served from the account itself.
      const registration = {
        noiseKey: staticKey,
        identityKey: identity.public,
        registrationId: REGISTRATION_ID,
        signedPreKey: { id: signed.keyId, publicKey: signed.keyPair.public, signature: signed.signature },
        wantsFullHistory: false,
        platform: 'CHROME',
      };
      const companion = registry.add(id, registration, false);
      const floors = new Map<ChatKey, number>();
      const ends = new Map<ChatKey, number>();
      const device: WebDevice = {
        id,
        token: randomBytes(TOKEN_BYTES).toString('hex'),
        floor: (chat) => floors.get(chat) ?? 0,
        extend: (chat, from) => {
          const before = floors.get(chat) ?? deps.account.chat(chat).size;
          if (from >= before) return;
          floors.set(chat, from);
          deps.deliveries.record(String(id), chat, from, before);
        },
        historyEnd: (chat) => ends.get(chat) ?? 1,
        setHistoryEnd: (chat, value) => void ends.set(chat, value),
      };
      devices.set(id, { device, companion });
      registry.announceLinked(companion);
      disk.fill(device);
      return device;
    },
    open: (device, port) => {
      const entry = devices.get(device.id);
      entry?.companion.attach(connectionOf(port, entry.companion.registration.noiseKey));
      entry?.companion.activate();
    },
    closed: (device) => devices.get(device.id)?.companion.attach(null),
    remove: (device, options = {}) => {
      const entry = devices.get(device.id);
      if (options.asked === true) asked.add(device.id);
      if (entry) registry.remove(entry.companion, deviceRemoved);
    },
    onRemoved: (listener) => void listeners.push(listener),
    close: () => {
      stop();
      disk.close();
    },
  };
};
