import type { BinaryNode, proto } from '@whiskeysockets/baileys';
import type { Account } from '../../account/account.ts';
import { ME } from '../../account/model.ts';
import type { WireLog } from '../contract.ts';
import type { Companion, DeviceRegistry } from '../devices.ts';
import { node } from '../nodes.ts';
import { type Parties, takeCompanionBundle } from '../signal/parties.ts';
import type { Party } from '../signal/party.ts';
import type { SignalBundle } from '../signal-bundle.ts';
import { envelopeAttributes, type Utterance } from './envelope.ts';
import type { SentLog } from './sent-log.ts';

/** Brings what people say to every companion of the account, encrypted by the sender's own device. */
export type FanOut = {
  readonly say: (utterance: Utterance) => void;
  /** The companion could not read it: once more, on a new session. */
  readonly again: (companion: Companion, utterance: Utterance, retry: Retry) => Promise<void>;
  /** Damages the ciphertext of the next message to the companion, so that it has to ask again. */
  readonly corruptNext: (companion: Companion) => void;
  /** Resolves when everything said so far is on its way. */
  readonly settled: () => Promise<void>;
};

export type Retry = { readonly count: number; readonly bundle: SignalBundle | null };

export type FanOutDeps = {
  readonly account: Account;
  readonly registry: DeviceRegistry;
  readonly parties: Parties;
  readonly sentLog: SentLog;
  readonly log: WireLog;
};

export const createFanOut = (deps: FanOutDeps): FanOut => {
  const { account, registry, parties } = deps;
  const corrupted = new Set<Companion>();
  let inOrder: Promise<void> = Promise.resolve();

  const partyOf = (sender: string): Party => (sender === ME ? parties.phone : parties.contact(sender));

  const tamper = (companion: Companion, ciphertext: Uint8Array): Uint8Array => {
    if (!corrupted.delete(companion)) return ciphertext;
    const damaged = Uint8Array.from(ciphertext);
    damaged[damaged.length - 1] = (damaged[damaged.length - 1] ?? 0) ^ 0xff;
    return damaged;
  };

  const enc = (type: string, ciphertext: Uint8Array, retry: Retry | null = null): BinaryNode =>
    node('enc', { v: '2', type, count: retry ? String(retry.count) : undefined }, ciphertext);

  const sealDirect = async (
    companion: Companion,
    party: Party,
    message: proto.IMessage,
    retry: Retry | null = null,
  ): Promise<BinaryNode> => {
    const bundle = (): SignalBundle => retry?.bundle ?? takeCompanionBundle(companion);
    await party.ensureSession(companion.lidJid, bundle, { renew: retry !== null });
    const { type, ciphertext } = await party.seal(companion.lidJid, message);
    return enc(type, tamper(companion, ciphertext), retry);
  };

  /** Other devices of the sender get their copy wrapped, with the chat it went to. */
  const forDevices = ({ chat, sender, content }: Utterance): proto.IMessage =>
    sender === ME && !chat.group
      ? { deviceSentMessage: { destinationJid: chat.jid, message: content } }
      : content;

  const distribution = (group: string, bytes: Uint8Array): proto.IMessage => ({
    senderKeyDistributionMessage: { groupId: group, axolotlSenderKeyDistributionMessage: bytes },
  });

  const deliver = async (utterance: Utterance): Promise<void> => {
    const { chat, sender } = utterance;
    const receivers = registry.companions().filter((companion) => companion.receivesLive());
    if (receivers.length === 0) return;
    const party = partyOf(sender);
    const attrs = envelopeAttributes(account, utterance);
    const sealed = chat.group
      ? await party.sealForGroup(chat.jid, attrs.participant ?? '', utterance.content)
      : null;
    for (const companion of receivers) {
      const content: BinaryNode[] = [];
      if (!sealed) content.push(await sealDirect(companion, party, forDevices(utterance)));
      else {
        if (party.claimDistribution(chat.jid, companion.lidJid)) {
          content.push(await sealDirect(companion, party, distribution(chat.jid, sealed.distribution)));
        }
        content.push(enc('skmsg', tamper(companion, sealed.ciphertext)));
      }
      deps.sentLog.remember(companion, utterance);
      // Not awaited: one companion that stopped reading must not hold up the others.
      registry.send(companion, node('message', attrs, content));
    }
  };

  return {
    say: (utterance) => {
      inOrder = inOrder
        .then(() => deliver(utterance))
        .catch((error: unknown) => deps.log('fan-out failed', { error }));
    },
    again: async (companion, utterance, retry) => {
      const { chat, sender } = utterance;
      const party = partyOf(sender);
      const attrs = envelopeAttributes(account, utterance);
      let message = forDevices(utterance);
      if (chat.group) {
        const key = await party.sealForGroup(chat.jid, attrs.participant ?? '', {});
        message = { ...message, ...distribution(chat.jid, key.distribution) };
      }
      const content = [await sealDirect(companion, party, message, retry)];
      await registry.deliver(companion, node('message', attrs, content));
    },
    corruptNext: (companion) => {
      corrupted.add(companion);
    },
    settled: () => inOrder,
  };
};
