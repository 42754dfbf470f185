import { createHash } from 'node:crypto';
import type { Account } from '../account/account.ts';
import type { DeliveryLog } from '../account/deliveries.ts';
import type { HistoryRequests } from '../account/history-requests.ts';
import { ME } from '../account/model.ts';
import { createFaultState, createFaults, type Faults, takeLoginFailure } from '../faults.ts';
import type { AppStateSyncKey, DeviceHub, MediaHost, WireLog, WireModule } from './contract.ts';
import { createDeviceRegistry, type DeviceRegistry } from './devices.ts';
import { type AccountIdentity, userJid } from './identity.ts';
import { createIqTable } from './iq-table.ts';
import { listen } from './listener.ts';
import { followAccount } from './messages/account-events.ts';
import type { DescribeMedia } from './messages/content.ts';
import { createFanOut } from './messages/fan-out.ts';
import type { SendFate } from './messages/fate.ts';
import { createMailbox, type Mailbox } from './messages/mailbox.ts';
import {
  createPeerReceipts,
  createReceiptHandler,
  type PeerReceiptSender,
  type PeerReceipts,
  type ReadReceipt,
} from './messages/receipts.ts';
import { createReceiver } from './messages/receive.ts';
import { createSentLog } from './messages/sent-log.ts';
import { createServerIdentity } from './noise/certificates.ts';
import { createLinking, type Linking } from './pairing/linking.ts';
import { createPhoneBehaviour, type PhoneBehaviour } from './phone/behaviour.ts';
import { createPeerChannel } from './phone/peer.ts';
import { createPhone } from './phone/phone.ts';
import { createDeviceNotifications } from './server/device-notifications.ts';
import { createKeyQueries } from './server/key-queries.ts';
import { createSessionQueries, deviceRemoved } from './server/session-queries.ts';
import { serveLogin } from './session.ts';
import { createParties } from './signal/parties.ts';

/** What modules outside the core are made from. */
export type ModuleDeps = {
  readonly account: Account;
  readonly hub: DeviceHub;
  readonly media: MediaHost;
  readonly appStateKey: AppStateSyncKey;
  readonly phone: Readonly<PhoneBehaviour>;
};

export type WireOptions = {
  readonly account: Account;
  readonly media: MediaHost & { readonly describe: DescribeMedia };
  readonly deliveries: DeliveryLog;
  readonly historyRequests: HistoryRequests;
  /** 0 for any free one. */
  readonly port: number;
  readonly log: WireLog;
  readonly createModules: (deps: ModuleDeps) => readonly WireModule[];
};

/** What the server does with sends and receipts, whichever way a companion brings them in. */
export type Outbound = {
  /** What becomes of the next send. */
  readonly takeFate: () => SendFate;
  readonly refusesPhoneNumbers: () => boolean;
  readonly refusesLateChanges: () => boolean;
  /** Others got it: their receipts may follow. */
  readonly onDelivered: PeerReceiptSender['onDelivered'];
  readonly onRead: (receipt: ReadReceipt) => void;
};

/** A WhatsApp server and the owner's phone, reachable by the WebSocket protocol. */
export type Wire = {
  readonly url: string;
  /** The Noise root that clients must trust. */
  readonly rootPublicKey: Uint8Array;
  readonly phone: Linking & {
    /** Unlinks a companion from the phone's list of devices. */
    readonly unlink: (deviceId: number) => boolean;
    /**
     * Delivers an answer about history once more, late: that to the request, or the last one. False when the phone
     * has forgotten it (it keeps 16) or the device is gone.
     */
    readonly answerAgain: (requestId?: string) => Promise<boolean>;
    readonly receipts: PeerReceipts;
  };
  readonly devices: DeviceRegistry;
  readonly mailbox: Mailbox;
  readonly readReceipts: readonly ReadReceipt[];
  readonly outbound: Outbound;
  readonly faults: Faults;
  /** Resolves when everything that has happened in the account is on its way to the devices. */
  readonly settled: () => Promise<void>;
  readonly close: () => Promise<void>;
};

// Quicker than any network, and still after the ack.
const RECEIPT_DELAY_MS = 10;

const identityOf = (account: Account): AccountIdentity => {
  const { pn, lid } = account.person(ME);
  if (pn === null || lid === null) throw new Error('the owner of the account needs a number and a LID');
  return { pnJid: pn, lidJid: lid };
};

const appStateKeyOf = (account: Account): AppStateSyncKey => ({
  keyId: Uint8Array.of(0, 0, 0, 0, 0, 1),
  keyData: createHash('sha256').update(`${account.shape.seed}/app-state`).digest(),
  timestampMs: account.shape.now * 1_000,
});

export const createWire = async (options: WireOptions): Promise<Wire> => {
  const { account, media, deliveries, log } = options;
  const identity = identityOf(account);
  const serverIdentity = createServerIdentity();
  const parties = createParties();
  const nowSeconds = (): number => account.world.nowSeconds();
  let stanzas = 0;
  const registry = createDeviceRegistry(identity, () => `sim-${++stanzas}`, nowSeconds);
  const appStateKey = appStateKeyOf(account);
  const behaviour = createPhoneBehaviour();
  const faultState = createFaultState();
  const content = { account, describeMedia: media.describe };

  const send = createPeerChannel({ identity, registry, phone: parties.phone, nowSeconds });
  const requests = options.historyRequests;
  const phone = createPhone({ ...content, behaviour, send, media, appStateKey, deliveries, requests, log });
  const sentLog = createSentLog();
  const fanOut = createFanOut({ account, registry, parties, sentLog, log });
  const mailbox = createMailbox();
  const readReceipts: ReadReceipt[] = [];
  const receipts: PeerReceipts = { delivered: true, read: true, delayMs: RECEIPT_DELAY_MS };
  const peerReceipts = createPeerReceipts(account, receipts);
  const outbound: Outbound = {
    takeFate: () => faultState.sendFates.shift() ?? 'delivered',
    refusesPhoneNumbers: () => faultState.refusePhoneNumbers,
    refusesLateChanges: () => faultState.refuseLateChanges,
    onDelivered: peerReceipts.onDelivered,
    onRead: (receipt) => void readReceipts.push(receipt),
  };

  const modules = [
    createKeyQueries({
      identity,
      registry,
      parties,
      contactKey: (jid) => account.personByJid(userJid(jid))?.key ?? null,
    }),
    createSessionQueries({ registry, mediaHostname: () => media.hostname }),
    createDeviceNotifications(registry),
    ...options.createModules({ account, hub: registry, media, appStateKey, phone: behaviour }),
  ];
  const linking = createLinking({
    identity,
    accountKey: parties.phone.identityKey,
    registry,
    nowSeconds,
    log,
  });
  const session = {
    identity,
    registry,
    log,
    nowSeconds,
    iqTable: createIqTable(modules, log),
    loginFailure: () => takeLoginFailure(faultState),
    onMessage: createReceiver({
      account,
      identity,
      registry,
      parties,
      phone,
      mailbox,
      log,
      fate: outbound.takeFate,
      refusePhoneNumbers: outbound.refusesPhoneNumbers,
      refuseLateChanges: outbound.refusesLateChanges,
      onDelivered: outbound.onDelivered,
    }),
    onReceipt: createReceiptHandler({
      account,
      registry,
      fanOut,
      sentLog,
      onRead: outbound.onRead,
      others: modules.flatMap((module) => module.receipts ?? []),
    }),
    onActive: (companion: Parameters<typeof phone.startInitialSync>[0]) => {
      if (!companion.claimInitialSync()) return;
      registry.announceLinked(companion);
      phone.startInitialSync(companion).catch((error: unknown) => log('initial history failed', { error }));
    },
  };
  const stopFollowing = followAccount({ ...content, registry, fanOut, deliveries });
  const listener = await listen({
    port: options.port,
    identity: serverIdentity,
    refusal: () => faultState.refusal,
    onConnection: (connection) => {
      if (connection.payload.devicePairingData) linking.accept(connection);
      else serveLogin(connection, session);
    },
  });

  return {
    url: listener.url,
    rootPublicKey: serverIdentity.rootPublicKey,
    phone: {
      ...linking,
      receipts,
      answerAgain: phone.answerAgain,
      unlink: (deviceId) => {
        const companion = registry.byId(deviceId);
        if (companion) registry.remove(companion, deviceRemoved);
        return companion !== null;
      },
    },
    devices: registry,
    mailbox,
    readReceipts,
    outbound,
    faults: createFaults({
      state: faultState,
      registry,
      fanOut,
      phone: behaviour,
      freshPhone: createPhoneBehaviour,
    }),
    settled: () => fanOut.settled(),
    close: async () => {
      stopFollowing();
      peerReceipts.close();
      phone.close();
      await listener.close();
      await fanOut.settled();
      for (const module of modules) await module.close?.();
      parties.close();
    },
  };
};
