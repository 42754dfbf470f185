import type { BinaryNode } from '@whiskeysockets/baileys';
import type { Account } from '../../account/account.ts';
import type { PersonKey, SimChat } from '../../account/model.ts';
import { ME } from '../../account/model.ts';
import type { ReceiptHandler } from '../contract.ts';
import type { Companion, DeviceRegistry } from '../devices.ts';
import { child, childBytes, childNumber, children, node } from '../nodes.ts';
import { readPreKey, readSignedPreKey, type SignalBundle } from '../signal-bundle.ts';
import type { FanOut } from './fan-out.ts';
import type { SentLog } from './sent-log.ts';

/** A read receipt of a companion, one stanza: what the sender would see as blue ticks. */
export type ReadReceipt = {
  readonly chatJid: string;
  /** In a group: whose messages they are. */
  readonly participantJid: string | null;
  readonly ids: readonly string[];
  /** `read` tells the sender, `read-self` only the own devices. */
  readonly type: string;
  readonly fromDevice: number;
};

export type ReceiptDeps = {
  readonly account: Account;
  readonly registry: DeviceRegistry;
  readonly fanOut: FanOut;
  readonly sentLog: SentLog;
  readonly onRead: (receipt: ReadReceipt) => void;
  readonly others: readonly ReceiptHandler[];
};

/** The keys a companion sends along when it asks for a message again. */
const bundleOf = (stanza: BinaryNode): SignalBundle | null => {
  const keys = child(stanza, 'keys');
  const identityKey = childBytes(keys, 'identity');
  const signedPreKey = readSignedPreKey(child(keys, 'skey'));
  const registrationId = childNumber(stanza, 'registration');
  if (!identityKey || !signedPreKey || registrationId === null) return null;
  return { registrationId, identityKey, signedPreKey, preKey: readPreKey(child(keys, 'key')) };
};

/** Takes in receipts of companions: delivery, read, requests to send again. */
export const createReceiptHandler = (deps: ReceiptDeps) => {
  const { account, registry, fanOut, sentLog } = deps;

  const onRetry = async (companion: Companion, stanza: BinaryNode): Promise<void> => {
    const { id = '', to = '', recipient } = stanza.attrs;
    const utterance = sentLog.find(companion, recipient ?? to, id);
    if (!utterance) return;
    const count = Number(child(stanza, 'retry')?.attrs.count ?? 1);
    await fanOut.again(companion, utterance, { count, bundle: bundleOf(stanza) });
  };

  return async (companion: Companion, stanza: BinaryNode): Promise<void> => {
    const { id = '', to = '', type, participant, recipient } = stanza.attrs;
    registry.send(companion, node('ack', { class: 'receipt', id, from: to, type, participant }));
    if (type === 'retry') return onRetry(companion, stanza);
    for (const other of deps.others) if (other.type === type) other.handle(stanza, companion);
    if (type !== 'read' && type !== 'read-self') return;
    const ids = [id, ...children(child(stanza, 'list')).map((item) => item.attrs.id ?? '')];
    const participantJid = participant ?? null;
    deps.onRead({ chatJid: recipient ?? to, participantJid, ids, type, fromDevice: companion.id });
    const chat = account.chatByJid(recipient ?? to);
    const origin = { from: 'device', device: String(companion.id) } as const;
    if (chat) account.readMessages({ chat: chat.key, ids, origin });
  };
};

/** Whether and when the other side shows that it got and read what companions send. Change at will. */
export type PeerReceipts = {
  delivered: boolean;
  read: boolean;
  /** After the ack; at once, clients would fold the receipt into the message itself. */
  delayMs: number;
};

export type PeerReceiptSender = {
  readonly onDelivered: (chat: SimChat, id: string, people: readonly PersonKey[]) => void;
  readonly close: () => void;
};

/** Lets the people who got a message say so. */
export const createPeerReceipts = (account: Account, settings: PeerReceipts): PeerReceiptSender => {
  const timers = new Set<NodeJS.Timeout>();

  const confirm = (chat: SimChat, id: string, people: readonly PersonKey[]): void => {
    for (const person of people) {
      const receipt = { chat: chat.key, ids: [id], person };
      if (settings.delivered) account.receipt({ ...receipt, kind: 'delivered' });
      if (settings.read) account.receipt({ ...receipt, kind: 'read' });
    }
  };

  return {
    onDelivered: (chat, id, people) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        confirm(
          chat,
          id,
          people.filter((person) => person !== ME),
        );
      }, settings.delayMs);
      timers.add(timer);
    },
    close: () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
};
