import { clipName } from '#engines/contract/kit/scalars.ts';
import type { Self } from '#engines/contract/kit/self.ts';
import { type Target, targetOfFacts } from '#engines/contract/kit/target.ts';
import { toJid, toPerson } from './wid.ts';

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
  const facts = {
    ...parts,
    participant: parts.participant ?? toPerson(context.author),
    remoteAlt: toPerson(context.chatAlt),
    participantAlt: toPerson(context.authorAlt),
  };
  return targetOfFacts(facts, self);
}
