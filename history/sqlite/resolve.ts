import type { ChatRef, Identities } from './identities.ts';
import { type Links, pairOf } from './links.ts';

/** Ids of an observation → our ids, linking what the observation says is the same. */
export interface Resolver {
  person(jid: string, alt: string | undefined, source: string): number;
  chat(jid: string, alt: string | undefined, source: string): ChatRef;
  /** As `chat`, but also learns from the sender of a direct message, which may be named by the other id. */
  chatOf(message: MessageIds, source: string): ChatRef;
  /** 0 = the account itself, or not known. */
  sender(message: MessageIds, chat: ChatRef, source: string): number;
}

/** How observations name a message. */
export interface MessageIds {
  readonly chat: string;
  readonly chatAlt?: string | undefined;
  readonly fromMe: boolean;
  readonly sender: string | null;
  readonly senderAlt?: string | undefined;
}

export function createResolver(ids: Identities, links: Links): Resolver {
  const person = (jid: string, alt: string | undefined, source: string): number => {
    const known = ids.findPerson(jid);
    if (alt === undefined || alt === jid) return known ?? ids.person(jid, source);
    if (known !== null && known === ids.findPerson(alt)) return known;
    const pair = pairOf(jid, alt);
    if (pair !== null) links.link(pair, source, 0);
    return ids.person(jid, source);
  };
  const chat = (jid: string, alt: string | undefined, source: string): ChatRef =>
    isPerson(jid) ? ids.chatOfPerson(person(jid, alt, source)) : ids.chat(jid, source);
  return {
    person,
    chat,
    chatOf: (message, source) => {
      const { chat: jid, chatAlt, fromMe, sender, senderAlt } = message;
      if (!isPerson(jid)) return ids.chat(jid, source);
      const other = fromMe ? undefined : (senderAlt ?? sender ?? undefined);
      const alt = chatAlt ?? (other !== undefined && isPerson(other) ? other : undefined);
      return chat(jid, alt, source);
    },
    sender: (message, of, source) => {
      if (message.fromMe) return 0;
      if (of.person !== 0) return of.person;
      if (message.sender === null || !isPerson(message.sender)) return 0;
      return person(message.sender, message.senderAlt, source);
    },
  };
}

export function isPerson(jid: string): boolean {
  return jid.endsWith('@s.whatsapp.net') || jid.endsWith('@lid');
}
