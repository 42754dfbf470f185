import type { proto, WAMessageKey } from '@whiskeysockets/baileys';
import { jidKind } from '#engines/contract/identity.ts';
import { clipName, said, toJid, toPerson } from '#engines/contract/kit/scalars.ts';
import { isSelf, type Self } from '#engines/contract/kit/self.ts';
import { type Target, targetOfFacts } from '#engines/contract/kit/target.ts';

/** Null when the key does not name a message of a chat that Tandem keeps. */
export function targetOf(
  key: WAMessageKey | null | undefined,
  self: Self,
  author?: string | null,
): Target | null {
  const id = clipName(key?.id, 128);
  const remote = toJid(key?.remoteJid);
  if (!key || id === null || remote === null) return null;
  const participant = toPerson(key.participant) ?? toPerson(author);
  const { fromMe, remoteJidAlt: remoteAlt, participantAlt } = key;
  return targetOfFacts({ fromMe: fromMe === true, remote, id, participant, remoteAlt, participantAlt }, self);
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
