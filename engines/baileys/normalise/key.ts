import type { proto, WAMessageKey } from '@whiskeysockets/baileys';
import { jidKind } from '#engines/contract/identity.ts';
import { clipName, said, toJid, toPerson } from '#engines/contract/kit/scalars.ts';
import { isSelf, type Self } from '#engines/contract/kit/self.ts';

/** Names a message as the contract does: canonical ids, the other identity beside them where the wire told it. */
export interface Target {
  readonly chat: string;
  readonly chatAlt?: string;
  readonly id: string;
  readonly fromMe: boolean;
  readonly sender: string | null;
  readonly senderAlt?: string;
}

/** Null when the key does not name a message of a chat that Tandem keeps. */
export function targetOf(
  key: WAMessageKey | null | undefined,
  self: Self,
  author?: string | null,
): Target | null {
  const id = clipName(key?.id, 128);
  const remote = toJid(key?.remoteJid);
  if (!key || id === null || remote === null) return null;
  const kind = jidKind(remote);
  if (kind === 'status' || kind === 'newsletter') return null;
  const participant = toPerson(key.participant) ?? toPerson(author);
  const fromMe = key.fromMe === true || (kind === 'group' && isSelf(self, participant));
  // A broadcast from somebody else is read in the direct chat with them.
  const chat = kind === 'broadcast' && !fromMe ? participant : remote;
  if (chat === null) return null;
  if (kind === 'group') {
    if (fromMe) return { chat, id, fromMe, sender: null };
    const senderAlt = altOf(participant, key.participantAlt, self);
    return { chat, id, fromMe, sender: participant, ...said({ senderAlt }) };
  }
  const chatAlt = kind === 'broadcast' ? null : altOf(chat, key.remoteJidAlt, self);
  if (fromMe) return { chat, id, fromMe, sender: null, ...said({ chatAlt }) };
  return { chat, id, fromMe, sender: chat, ...said({ chatAlt, senderAlt: chatAlt }) };
}

/** The other identity of a person: of the other kind, and not mistaken for the account itself. */
export function altOf(jid: string | null, alt: unknown, self: Self): string | null {
  const other = toPerson(alt);
  if (jid === null || other === null || jidKind(jid) === jidKind(other)) return null;
  // In copies of own sends the library puts the account's own identity here.
  return isSelf(self, other) === isSelf(self, jid) ? other : null;
}

/**
 * The message that a reaction, edit or revoke inside `carrier` is about. Its key is written from its author's
 * point of view: `fromMe` there means "written by who wrote the carrier".
 */
export function innerTarget(
  inner: proto.IMessageKey | null | undefined,
  carrier: Target,
  self: Self,
): Target | null {
  const id = clipName(inner?.id, 128);
  if (!inner || id === null) return null;
  const { chat, chatAlt } = carrier;
  const named = toPerson(inner.participant);
  const byCarrier = inner.fromMe === true || (named !== null && named === carrier.sender);
  const isGroup = jidKind(chat) === 'group';
  const fromMe = carrier.fromMe
    ? inner.fromMe === true || isSelf(self, named)
    : !byCarrier && (isGroup ? isSelf(self, named) : true);
  if (fromMe) return { chat, id, fromMe, sender: null, ...said({ chatAlt }) };
  if (!isGroup) return { chat, id, fromMe, sender: chat, ...said({ chatAlt, senderAlt: chatAlt }) };
  if (byCarrier && !carrier.fromMe) {
    return { chat, id, fromMe, sender: carrier.sender, ...said({ senderAlt: carrier.senderAlt }) };
  }
  return { chat, id, fromMe, sender: named };
}
