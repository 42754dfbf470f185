import { jidKind } from '../identity.ts';
import { said, toPerson } from './scalars.ts';
import { isSelf, type Self } from './self.ts';

/** Names a message as the contract does: canonical ids, the other identity beside them where WhatsApp told it. */
export interface Target {
  readonly chat: string;
  readonly chatAlt?: string;
  readonly id: string;
  readonly fromMe: boolean;
  readonly sender: string | null;
  readonly senderAlt?: string;
}

/** A message key, and what was known beside it. Ids canonical, without device. */
export interface KeyFacts {
  readonly fromMe: boolean;
  readonly remote: string;
  readonly id: string;
  /** Who wrote it, in groups and broadcasts. */
  readonly participant: string | null;
  /** Other identities as they came; checked here. */
  readonly remoteAlt: unknown;
  readonly participantAlt: unknown;
}

/** Null when the key does not name a message of a chat that Tandem keeps. */
export function targetOfFacts(facts: KeyFacts, self: Self): Target | null {
  const { remote, id, participant } = facts;
  const kind = jidKind(remote);
  if (kind === 'status' || kind === 'newsletter') return null;
  const fromMe = facts.fromMe || (kind === 'group' && isSelf(self, participant));
  // A broadcast from somebody else is read in the direct chat with them.
  const chat = kind === 'broadcast' && !fromMe ? participant : remote;
  if (chat === null) return null;
  if (kind === 'group') {
    if (fromMe) return { chat, id, fromMe, sender: null };
    const senderAlt = altOf(participant, facts.participantAlt, self);
    return { chat, id, fromMe, sender: participant, ...said({ senderAlt }) };
  }
  const chatAlt = kind === 'broadcast' ? null : altOf(chat, facts.remoteAlt, self);
  if (fromMe) return { chat, id, fromMe, sender: null, ...said({ chatAlt }) };
  return { chat, id, fromMe, sender: chat, ...said({ chatAlt, senderAlt: chatAlt }) };
}

/** The other identity of a person, canonical: of the other kind, and not mistaken for the account itself. */
export function altOf(jid: string | null, alt: unknown, self: Self): string | null {
  const other = toPerson(alt);
  if (jid === null || other === null || jidKind(jid) === jidKind(other)) return null;
  // In copies of own sends WhatsApp puts the account's own identity here.
  return isSelf(self, other) === isSelf(self, jid) ? other : null;
}
