import { type BinaryNode, encodeBigEndian, getContentType, type proto } from '@whiskeysockets/baileys';
import type { Account } from '../../account/account.ts';
import type { PersonKey, SimChat } from '../../account/model.ts';
import { ME } from '../../account/model.ts';
import type { WireLog } from '../contract.ts';
import type { Companion, DeviceRegistry } from '../devices.ts';
import { type AccountIdentity, deviceOf, isGroup, isLid, userJid } from '../identity.ts';
import { bytesOf, child, children, node } from '../nodes.ts';
import type { PhoneService } from '../phone/phone.ts';
import type { Parties } from '../signal/parties.ts';
import { type Party, UndecryptableError } from '../signal/party.ts';
import { bundleNode } from '../signal-bundle.ts';
import { isAdmin, isAllowed, isTooLate } from './change-rules.ts';
import { EditAttribute } from './changes.ts';
import type { SendFate } from './fate.ts';
import { applyIntent, fileOf, interpret, wordsOf } from './interpret.ts';
import type { Mailbox, Received } from './mailbox.ts';

export type ReceiveDeps = {
  readonly account: Account;
  readonly identity: AccountIdentity;
  readonly registry: DeviceRegistry;
  readonly parties: Parties;
  readonly phone: PhoneService;
  readonly mailbox: Mailbox;
  readonly log: WireLog;
  /** What becomes of the next send. */
  readonly fate: () => SendFate;
  /** Refuse messages to the number of somebody whose LID is known. */
  readonly refusePhoneNumbers: () => boolean;
  /** Refuse edits and revokes whose window has closed. */
  readonly refuseLateChanges: () => boolean;
  /** Others got it: their receipts may follow. */
  readonly onDelivered: (chat: SimChat, id: string, people: readonly PersonKey[]) => void;
};

const RESTRICTED = '463';
const FORBIDDEN = '403';
const UNKNOWN_RECIPIENT = '404';
// No public source names what the server says, if it says anything.
const TOO_LATE = '406';

type Recipient = { readonly party: Party; readonly person: PersonKey; readonly jid: string };

/** Takes in what a companion sends: to the phone, to contacts and groups, to its siblings. */
export const createReceiver = (deps: ReceiveDeps) => {
  const { account, identity, registry, parties } = deps;
  // Stanzas that one recipient is to find unreadable, by order of a test.
  const unreadable = new WeakSet<BinaryNode>();

  const ack = (companion: Companion, stanza: BinaryNode, error?: string): void => {
    const { id, to, participant } = stanza.attrs;
    const attrs = { class: 'message', id, from: to, participant, error };
    registry.send(companion, node('ack', { ...attrs, t: String(account.world.nowSeconds()) }));
  };

  const isOwn = (jid: string): boolean => [identity.pnJid, identity.lidJid].includes(userJid(jid));

  /** Asks the sender for the message again, with a fresh bundle to send it with. */
  const requestRetry = async (
    companion: Companion,
    stanza: BinaryNode,
    { party, jid }: Recipient,
  ): Promise<void> => {
    const { id = '', to = '' } = stanza.attrs;
    const bundle = await party.bundle();
    const [registration, ...keys] = children(bundleNode(jid, bundle));
    const t = String(account.world.nowSeconds());
    const attrs = isGroup(to)
      ? { from: to, participant: jid }
      : { from: jid, recipient: isOwn(jid) ? to : undefined };
    registry.send(
      companion,
      node('receipt', { ...attrs, id, t, type: 'retry' }, [
        node('retry', { count: '1', id, t, v: '1' }),
        registration ?? node('registration', {}, encodeBigEndian(party.registrationId)),
        node('keys', {}, keys),
      ]),
    );
  };

  const noteOf = (
    companion: Companion,
    stanza: BinaryNode,
    jid: string,
    message: proto.IMessage,
  ): Received => {
    const content = message.deviceSentMessage?.message ?? message;
    const intent = interpret(account, content);
    return {
      chatJid: stanza.attrs.to ?? '',
      id: stanza.attrs.id ?? '',
      recipientJid: userJid(jid),
      fromDevice: companion.id,
      kind: getContentType(content) ?? 'unknown',
      does: intent.kind,
      targetId: 'id' in intent ? intent.id : null,
      text: wordsOf(content, intent),
      mediaPath: fileOf(content)?.directPath ?? null,
      forwarded: intent.kind === 'message' && intent.forwarded,
      timeSeconds: account.world.nowSeconds(),
    };
  };

  const recipientOf = (jid: string): Recipient | null => {
    if (isOwn(jid)) return { party: parties.phone, person: ME, jid };
    const person = account.personByJid(userJid(jid));
    return person ? { party: parties.contact(person.key), person: person.key, jid } : null;
  };

  /** A sibling companion gets the ciphertext that it can read. */
  const relay = (
    companion: Companion,
    stanza: BinaryNode,
    sibling: Companion,
    encs: readonly BinaryNode[],
  ): void => {
    const { id, to = '', type, edit } = stanza.attrs;
    const lid = isLid(to) || (isGroup(to) && stanza.attrs.addressing_mode !== 'pn');
    const self = lid ? companion.lidJid : companion.pnJid;
    const attrs = isGroup(to)
      ? { from: to, participant: self, addressing_mode: stanza.attrs.addressing_mode }
      : { from: self, recipient: to };
    const t = String(account.world.nowSeconds());
    registry.send(sibling, node('message', { ...attrs, id, type, edit, t }, [...encs]));
  };

  const open = async (
    companion: Companion,
    stanza: BinaryNode,
    recipient: Recipient,
    work: () => Promise<proto.IMessage>,
  ): Promise<proto.IMessage | null> => {
    try {
      const message = await work();
      const spoilt = recipient.person !== ME && unreadable.delete(stanza);
      if (spoilt) throw new UndecryptableError('ordered to be unreadable');
      return message;
    } catch (error) {
      if (!(error instanceof UndecryptableError)) throw error;
      deps.log('a recipient could not decrypt', { recipient: recipient.person === ME ? 'phone' : 'contact' });
      await requestRetry(companion, stanza, recipient);
      return null;
    }
  };

  const encOf = (parent: BinaryNode): { readonly type: string; readonly bytes: Uint8Array } | null => {
    const enc = children(parent).find(({ tag, attrs }) => tag === 'enc' && attrs.type !== 'skmsg');
    const bytes = bytesOf(enc);
    return enc && bytes ? { type: enc.attrs.type ?? '', bytes } : null;
  };

  /** Opens every copy that is meant for a single device; the phone's one is returned. */
  const deliverCopies = async (companion: Companion, stanza: BinaryNode) => {
    const reached: PersonKey[] = [];
    const notes: Received[] = [];
    /** Sender keys for the siblings, which travel with the one ciphertext of the group. */
    // Left undone when the server refuses.
    const relays: (() => void)[] = [];
    const ownCopies = new Map<number, readonly BinaryNode[]>();
    let own: proto.IMessage | null = null;
    const copies = children(child(stanza, 'participants'));
    // A resend to one device has no list: the copy stands in the stanza itself.
    const single = copies.length === 0 && encOf(stanza) ? [stanza] : [];
    // A client that writes to itself names its own devices twice.
    const named = new Set<string>();
    for (const copy of [...copies, ...single]) {
      const jid = copy.attrs.jid ?? copy.attrs.participant ?? copy.attrs.to ?? '';
      const enc = encOf(copy);
      if (!enc || named.has(jid)) continue;
      named.add(jid);
      if (isOwn(jid) && deviceOf(jid) !== 0) {
        const sibling = registry.byId(deviceOf(jid));
        const encs = children(copy).filter(({ tag }) => tag === 'enc');
        if (sibling && sharedEnc(stanza)) ownCopies.set(sibling.id, encs);
        else if (sibling) relays.push(() => relay(companion, stanza, sibling, encs));
        continue;
      }
      const recipient = recipientOf(jid);
      if (!recipient) continue;
      const message = await open(companion, stanza, recipient, () =>
        recipient.party.open(companion.lidJid, enc.type, enc.bytes),
      );
      if (!message || (message.senderKeyDistributionMessage && !hasContent(message))) continue;
      notes.push(noteOf(companion, stanza, jid, message));
      if (recipient.person === ME) own = message.deviceSentMessage?.message ?? message;
      else reached.push(recipient.person);
    }
    const skmsg = sharedEnc(stanza);
    if (skmsg) {
      const siblings = registry.companions().filter((other) => other !== companion && other.receivesLive());
      for (const sibling of siblings)
        relays.push(() => relay(companion, stanza, sibling, [...(ownCopies.get(sibling.id) ?? []), skmsg]));
    }
    return { own, reached, notes, relays };
  };

  /** Every member reads the one ciphertext with the sender key it was given. */
  const deliverToGroup = async (companion: Companion, stanza: BinaryNode, chat: SimChat) => {
    const bytes = bytesOf(sharedEnc(stanza));
    const reached: PersonKey[] = [];
    const notes: Received[] = [];
    let own: proto.IMessage | null = null;
    if (!bytes) return { own, reached, notes };
    const mode = chat.group?.addressing ?? 'lid';
    for (const { person } of chat.group?.members ?? []) {
      const { pn, lid } = account.person(person);
      const jid = (mode === 'lid' ? (lid ?? pn) : (pn ?? lid)) ?? '';
      const recipient: Recipient = {
        party: person === ME ? parties.phone : parties.contact(person),
        person,
        jid,
      };
      const message = await open(companion, stanza, recipient, () =>
        recipient.party.openFromGroup(chat.jid, companion.lidJid, bytes),
      );
      if (!message) continue;
      notes.push(noteOf(companion, stanza, jid, message));
      if (person === ME) own = message;
      else reached.push(person);
    }
    return { own, reached, notes };
  };

  const chatFor = (to: string): SimChat | null => {
    const known = account.chatByJid(userJid(to));
    if (known) return known;
    const person = account.personByJid(userJid(to));
    return person ? account.openDirect(person.key) : null;
  };

  const onPeer = async (companion: Companion, stanza: BinaryNode): Promise<void> => {
    const enc = encOf(stanza);
    const recipient: Recipient = { party: parties.phone, person: ME, jid: identity.pnJid };
    const message = enc
      ? await open(companion, stanza, recipient, () =>
          parties.phone.open(companion.lidJid, enc.type, enc.bytes),
        )
      : null;
    const inner = message?.deviceSentMessage?.message ?? message;
    const verdict = inner ? deps.phone.onPeerMessage(companion, stanza.attrs.id ?? '', inner) : null;
    ack(companion, stanza, verdict?.refusal ?? undefined);
    await verdict?.answer();
  };

  const refusalOf = ({ to = '', edit }: BinaryNode['attrs'], chat: SimChat | null): string | null => {
    if (!chat) return UNKNOWN_RECIPIENT;
    if (edit === EditAttribute.adminRevoke && !isAdmin(chat)) return FORBIDDEN;
    if (chat.readOnly || (chat.group?.announce && !isAdmin(chat))) return FORBIDDEN;
    const hasLid = chat.peer !== null && chat.peer !== ME && account.person(chat.peer).lid !== null;
    return deps.refusePhoneNumbers() && hasLid && !isLid(to) ? RESTRICTED : null;
  };

  return async (companion: Companion, stanza: BinaryNode): Promise<void> => {
    if (stanza.attrs.category === 'peer') return onPeer(companion, stanza);
    const { to = '', id = '' } = stanza.attrs;
    // A resend to another of our own devices names the chat in `recipient`.
    const chat = chatFor(stanza.attrs.recipient ?? to);
    const refusal = refusalOf(stanza.attrs, chat);
    if (refusal !== null || !chat) return ack(companion, stanza, refusal ?? UNKNOWN_RECIPIENT);
    const fate = deps.fate();
    if (fate === 'lost') return companion.connection()?.drop();
    if (fate === 'undecryptable') unreadable.add(stanza);
    const copies = await deliverCopies(companion, stanza);
    const shared = await deliverToGroup(companion, stanza, chat);
    const message = shared.own ?? copies.own;
    const intent = message ? interpret(account, message) : NOTHING;
    const target = 'id' in intent ? account.messageById(chat.key, intent.id) : undefined;
    const now = account.world.nowSeconds();
    if (deps.refuseLateChanges() && isTooLate(intent, target, now)) return ack(companion, stanza, TOO_LATE);
    for (const doRelay of copies.relays) doRelay();
    for (const note of [...copies.notes, ...shared.notes]) deps.mailbox.add(note);
    if (isAllowed(chat, intent, target)) {
      applyIntent(account, chat, intent, { id, device: String(companion.id) });
    }
    if (fate === 'unacknowledged') companion.connection()?.drop();
    else ack(companion, stanza);
    deps.onDelivered(chat, id, [...new Set([...copies.reached, ...shared.reached])]);
  };
};

/** What all members of a group read with the sender's key. */
const sharedEnc = (stanza: BinaryNode): BinaryNode | undefined =>
  children(stanza).find(({ tag, attrs }) => tag === 'enc' && attrs.type === 'skmsg');

const NOTHING = { kind: 'nothing' } as const;

const hasContent = (message: proto.IMessage): boolean => {
  const type = getContentType(message);
  return type !== undefined && type !== 'senderKeyDistributionMessage';
};
