import { jidKind } from '#engines/contract/identity.ts';
import { clipName, said } from '#engines/contract/kit/scalars.ts';
import { isSelf, type Self } from '#engines/contract/kit/self.ts';
import { toJid, toPerson } from './wid.ts';

/** Names a message as the contract does: canonical ids, the other identity beside them where the page knew it. */
export interface Target {
  readonly chat: string;
  readonly chatAlt?: string;
  readonly id: string;
  readonly fromMe: boolean;
  readonly sender: string | null;
  readonly senderAlt?: string;
}

/** The parts of a message key, from whatever generation of the page it came. */
export interface KeyParts {
  readonly fromMe: boolean;
  readonly remote: string;
  readonly id: string;
  readonly participant: string | null;
}

/** `true_49151@c.us_3EB0…`, in groups with the author behind it, in the chat with oneself with `_out`. */
const SERIALIZED = /^(true|false)_([^_]{3,80})_([^_]{1,128})(?:_([^_]{1,80}))?$/;

/**
 * A key is an object of four fields, beside which stands its text under a name that builds change (`_serialized`, `$1`), or
 * only that text. The fields win.
 */
export function keyParts(value: unknown): KeyParts | null {
  if (typeof value === 'string') return partsOfText(value);
  if (typeof value !== 'object' || value === null) return null;
  const { fromMe, remote, id, participant, _serialized, $1 } = value as Record<string, unknown>;
  const chat = toJid(remote);
  const stanza = clipName(id, 128);
  if (chat !== null && stanza !== null && typeof fromMe === 'boolean') {
    return { fromMe, remote: chat, id: stanza, participant: toPerson(participant) };
  }
  const text = typeof _serialized === 'string' ? _serialized : $1;
  return typeof text === 'string' ? partsOfText(text) : null;
}

function partsOfText(text: string): KeyParts | null {
  const [, fromMe, remote, id, last] = SERIALIZED.exec(text) ?? [];
  const chat = toJid(remote);
  if (chat === null || id === undefined) return null;
  return { fromMe: fromMe === 'true', remote: chat, id, participant: toPerson(last) };
}

/** What the page knew beside the key: who wrote it, and under which other identities chat and author go. */
export interface KeyContext {
  readonly author?: unknown;
  readonly chatAlt?: unknown;
  readonly authorAlt?: unknown;
}

/** Null when the key does not name a message of a chat that Tandem keeps. */
export function targetOf(key: unknown, self: Self, context: KeyContext = {}): Target | null {
  const parts = keyParts(key);
  if (parts === null) return null;
  const { remote, id } = parts;
  const kind = jidKind(remote);
  if (kind === 'status' || kind === 'newsletter') return null;
  const participant = parts.participant ?? toPerson(context.author);
  const fromMe = parts.fromMe || (kind === 'group' && isSelf(self, participant));
  // A broadcast from somebody else is read in the direct chat with them.
  const chat = kind === 'broadcast' && !fromMe ? participant : remote;
  if (chat === null) return null;
  if (kind === 'group') {
    if (fromMe) return { chat, id, fromMe, sender: null };
    const senderAlt = altOf(participant, context.authorAlt, self);
    return { chat, id, fromMe, sender: participant, ...said({ senderAlt }) };
  }
  const chatAlt = kind === 'broadcast' ? null : altOf(chat, context.chatAlt, self);
  if (fromMe) return { chat, id, fromMe, sender: null, ...said({ chatAlt }) };
  return { chat, id, fromMe, sender: chat, ...said({ chatAlt, senderAlt: chatAlt }) };
}

/** The other identity of a person: of the other kind, and not mistaken for the account itself. */
export function altOf(jid: string | null, alt: unknown, self: Self): string | null {
  const other = toPerson(alt);
  if (jid === null || other === null || jidKind(jid) === jidKind(other)) return null;
  return isSelf(self, other) === isSelf(self, jid) ? other : null;
}
