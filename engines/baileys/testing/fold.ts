import type { MessageObservation } from '#engines/contract/message.ts';
import type { Observation, ObservationOf } from '#engines/contract/observation.ts';
import type { SimChat } from '#simulator/account/model.ts';
import type { OracleMessage } from '#simulator/account/oracle.ts';

/** What an account looks like after its observations: the least a consumer must be able to make of them. */
export interface FoldedMessage {
  readonly chat: string;
  readonly id: string;
  readonly fromMe: boolean;
  readonly sender: string | null;
  readonly sentAt: number;
  readonly type: string;
  readonly text: string | null;
  readonly revoked: boolean;
  readonly reactions: readonly string[];
  readonly quoted: string | null;
  readonly mentions: readonly string[];
}

/** Chats and people under the hidden id where a link is known. */
export function canonicalOf(observations: readonly Observation[]): (jid: string) => string {
  const lids = new Map<string, string>();
  for (const one of observations) if (one.kind === 'identity-link') lids.set(one.pn, one.lid);
  return (jid) => lids.get(jid) ?? jid;
}

export function fold(observations: readonly Observation[]): ReadonlyMap<string, FoldedMessage> {
  const canonical = canonicalOf(observations);
  const nameOf = (chat: string, id: string) => `${canonical(chat)} ${id}`;
  const messages = new Map<string, MessageObservation>();
  const texts = new Map<string, string>();
  const revoked = new Set<string>();
  const reactions = new Map<string, Map<string, string>>();
  const react = (name: string, by: string | null, emoji: string) => {
    const all = reactions.get(name) ?? new Map<string, string>();
    all.set(by === null ? 'me' : canonical(by), emoji);
    reactions.set(name, all);
  };
  const none = new Set<string>();
  for (const one of observations) if (one.kind === 'no-message') none.add(nameOf(one.chat, one.id));
  for (const one of observations) {
    if (one.kind === 'message') {
      const name = nameOf(one.chat, one.id);
      if (one.type === 'undecryptable' && none.has(name)) continue;
      if (messages.get(name)?.type === 'undecryptable' || !messages.has(name)) messages.set(name, one);
      if (one.revoked) revoked.add(name);
      for (const { sender, emoji } of one.reactions ?? []) react(name, sender, emoji);
    } else if (one.kind === 'edit') texts.set(nameOf(one.chat, one.id), one.text);
    else if (one.kind === 'revoke') revoked.add(nameOf(one.chat, one.id));
    else if (one.kind === 'reaction') react(nameOf(one.chat, one.id), one.by, one.emoji);
  }
  return new Map(
    [...messages].map(([name, one]) => [
      name,
      {
        chat: canonical(one.chat),
        id: one.id,
        fromMe: one.fromMe,
        sender: one.sender === null ? null : canonical(one.sender),
        sentAt: one.sentAt,
        type: one.type,
        text: revoked.has(name) ? null : (texts.get(name) ?? one.text ?? null),
        revoked: revoked.has(name),
        reactions: [...(reactions.get(name) ?? [])]
          .filter(([, emoji]) => emoji !== '')
          .map(([by, emoji]) => `${by} ${emoji}`)
          .toSorted((a, b) => (a < b ? -1 : 1)),
        quoted: one.quoted?.id ?? null,
        mentions: (one.mentions ?? []).map(canonical).toSorted(),
      },
    ]),
  );
}

const MEDIA_TYPES: Readonly<Record<string, string>> = { voice: 'voice', audio: 'audio' };

/** The same fields of what the account really holds. `me` = the owner's canonical id. */
export function expected(message: OracleMessage, me: string): FoldedMessage {
  const kind = message.mediaKind === null ? null : (MEDIA_TYPES[message.mediaKind] ?? message.mediaKind);
  const type = message.revoked ? 'other' : message.type === 'notice' ? 'system' : (kind ?? message.type);
  return {
    chat: message.chatJid,
    id: message.id,
    fromMe: message.fromMe,
    sender: message.fromMe ? null : message.senderJid,
    sentAt: message.timeSeconds,
    type,
    text: message.text,
    revoked: message.revoked,
    reactions: message.reactions
      .map(({ senderJid, emoji }) => `${senderJid === me ? 'me' : senderJid} ${emoji}`)
      .toSorted((a, b) => (a < b ? -1 : 1)),
    quoted: message.revoked ? null : message.quotedId,
    mentions: message.revoked ? [] : message.mentions.toSorted(),
  };
}

const LOST_BY_REVOKE: ReadonlySet<string> = new Set(['type', 'quoted', 'mentions']);

/** Texts that only Tandem gives to a type: places, people, polls. */
const OWN_WORDS: ReadonlySet<string> = new Set(['location', 'contact', 'poll']);

/** Fields in which the fold differs from the account, as `chat id: field`; empty when it is the same. */
export function differences(
  folded: ReadonlyMap<string, FoldedMessage>,
  oracle: Iterable<OracleMessage>,
  me: string,
): readonly string[] {
  const found: string[] = [];
  const names = new Set<string>();
  for (const message of oracle) {
    const name = `${message.chatJid} ${message.id}`;
    names.add(name);
    const want = expected(message, me);
    const have = folded.get(name);
    if (have === undefined) {
      found.push(`${name}: missing`);
      continue;
    }
    for (const [field, value] of Object.entries(want)) {
      // A message that was revoked later was heard whole; only its text must be gone.
      if (want.revoked && LOST_BY_REVOKE.has(field)) continue;
      if (field === 'text' && OWN_WORDS.has(want.type) && !want.revoked) continue;
      const mine = have[field as keyof FoldedMessage];
      if (JSON.stringify(mine) !== JSON.stringify(value)) {
        found.push(`${name}: ${field} is ${JSON.stringify(mine)}, not ${JSON.stringify(value)}`);
      }
    }
  }
  for (const name of folded.keys()) if (!names.has(name)) found.push(`${name}: not in the account`);
  return found;
}

/** Chats whose settings, as told, are not those of the account. */
export function chatDifferences(
  observations: readonly Observation[],
  chats: readonly SimChat[],
): readonly string[] {
  const canonical = canonicalOf(observations);
  const told = new Map<string, Partial<ObservationOf<'chat'>>>();
  for (const one of observations) {
    if (one.kind !== 'chat') continue;
    const name = canonical(one.chat);
    told.set(name, { ...told.get(name), ...one });
  }
  return chats.flatMap(({ key, canonicalJid, unreadCount, settings }) => {
    const {
      unread = 0,
      archived = false,
      pinnedAt = null,
      markedUnread = false,
      mutedUntil = null,
    } = told.get(canonicalJid) ?? {};
    const have = { unread, archived, pinnedAt, markedUnread, mutedUntil };
    const want = {
      unread: unreadCount,
      archived: settings.archived,
      pinnedAt: settings.pinnedAt,
      markedUnread: settings.markedUnread,
      mutedUntil: settings.mutedUntil === null ? null : Math.max(0, settings.mutedUntil),
    };
    return JSON.stringify(have) === JSON.stringify(want)
      ? []
      : [`${key}: ${JSON.stringify(have)}, not ${JSON.stringify(want)}`];
  });
}
