import type { EngineName } from '#engines/contract/capability.ts';
import type { MessageObservation, MessagePath } from '#engines/contract/message.ts';
import type { Observation } from '#engines/contract/observation.ts';
import type { Account } from '#simulator/account/account.ts';
import { ME, type PersonKey, type SimChat, type SimMessage } from '#simulator/account/model.ts';
import { finalText } from '#simulator/account/oracle.ts';

export interface Sight {
  readonly engine: EngineName;
  readonly observation: Observation;
}

const ENGINES = ['baileys', 'webjs'] as const;
const PATHS: readonly MessagePath[] = ['live', 'offline', 'push', 'page'];
const STATUSES = {
  pending: 'pending',
  server: 'sent',
  delivered: 'delivered',
  read: 'read',
  played: 'played',
} as const;
/** Of a hundred messages, how many one of the engines never sees. */
const UNSEEN_PERCENT = 15;
/** Of a hundred changes, how many an engine could not read when they came. */
const UNREADABLE_PERCENT = 30;

/**
 * What two engines may learn of an account: each message under either identity of everybody involved, as it
 * happened (with its changes apart) or as it stands now, by one engine or by both. A change may have been unreadable
 * to one engine, and told again by it or by the other one alone. In no particular order.
 */
export function twoViews(account: Account, random: () => number): readonly Sight[] {
  const chance = (percent: number) => random() * 100 < percent;
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;

  /** One identity of a person, and perhaps the other beside it. */
  const name = (key: PersonKey): { readonly jid: string; readonly alt?: string } => {
    const { pn, lid } = account.person(key);
    if (pn === null || lid === null) return { jid: lid ?? pn ?? '' };
    const [jid, alt] = chance(50) ? [pn, lid] : [lid, pn];
    return chance(20) ? { jid, alt } : { jid };
  };

  /** How one engine names a message: chat, author and whether it is an own one. */
  const place = (chat: SimChat, { id, sender, fromMe }: SimMessage) => {
    const room = chat.peer === null ? { jid: chat.jid } : name(chat.peer);
    const author = fromMe ? null : chat.peer === null ? name(sender) : room;
    return {
      chat: room.jid,
      ...(room.alt === undefined ? {} : { chatAlt: room.alt }),
      id,
      fromMe,
      sender: author?.jid ?? null,
      ...(author?.alt === undefined ? {} : { senderAlt: author.alt }),
    };
  };

  const reactor = (person: PersonKey) => {
    const { jid, alt } = name(person);
    return person === ME ? { by: null } : { by: jid, ...(alt === undefined ? {} : { byAlt: alt }) };
  };

  function* see(chat: SimChat, message: SimMessage): Generator<Observation> {
    const { revoked, revisions, reactions, fromMe, status, time, content } = message;
    const asItStands = chance(50);
    const text = asItStands ? finalText(message) : writtenText(message);
    const base: MessageObservation = {
      kind: 'message',
      via: pick(PATHS),
      ...place(chat, message),
      sentAt: time,
      type: typeOf(content),
      ...(text === null ? {} : { text }),
      ...(fromMe ? { status: STATUSES[status] } : {}),
    };
    if (asItStands) {
      yield {
        ...base,
        ...(revisions.length === 0 ? {} : { editedAt: revisions.at(-1)?.time ?? 0 }),
        ...(revoked === null ? {} : { revoked: true }),
        reactions: reactions.map(({ person, emoji, time: at }) => ({
          sender: person === ME ? null : name(person).jid,
          emoji,
          at,
        })),
      };
      return;
    }
    yield base;
    for (const { text: edited, time: at } of revisions)
      yield { kind: 'edit', ...place(chat, message), text: edited, at };
    for (const { person, emoji, time: at } of reactions)
      yield { kind: 'reaction', ...place(chat, message), ...reactor(person), emoji, at };
    if (revoked !== null) yield { kind: 'revoke', ...place(chat, message), at: revoked.time };
  }

  /** The stanzas of a message's changes, as both engines saw them come. */
  function* carriers(chat: SimChat, message: SimMessage): Generator<Sight> {
    const { id, sender, fromMe, revisions, reactions, revoked } = message;
    const author = { sender, fromMe };
    const changes = [
      ...revisions.map(({ time }) => ({ ...author, time })),
      ...reactions.map(({ person, time }) => ({ sender: person, fromMe: person === ME, time })),
      ...(revoked === null ? [] : [{ ...author, time: revoked.time }]),
    ];
    for (const [n, { time, ...by }] of changes.entries()) {
      const stanza = { ...message, ...by, id: `${id}-change-${n}` };
      const settledBy = pick(ENGINES);
      for (const engine of ENGINES) {
        if (chance(UNREADABLE_PERCENT)) {
          const told = { via: pick(PATHS), sentAt: time, type: 'undecryptable' } as const;
          yield { engine, observation: { kind: 'message', ...told, ...place(chat, stanza) } };
        }
        if (engine === settledBy || chance(50))
          yield { engine, observation: { kind: 'no-message', ...place(chat, stanza) } };
      }
    }
  }

  const sights: Sight[] = [];
  for (const chat of account.chats()) {
    for (let index = 0; index < chat.size; index += 1) {
      const message = account.message(chat.key, index);
      if (message === undefined) continue;
      sights.push(...carriers(chat, message));
      const missedBy = chance(UNSEEN_PERCENT) ? pick(ENGINES) : null;
      for (const engine of ENGINES) {
        if (engine === missedBy) continue;
        for (const observation of see(chat, message)) sights.push({ engine, observation });
      }
    }
  }
  for (const { key, pn, lid } of [...account.people(), account.person(ME)]) {
    if (pn === null || lid === null) continue;
    const source = key === ME ? 'own' : 'usync';
    sights.push({
      engine: pick(ENGINES),
      observation: { kind: 'identity-link', pn, lid, source, at: 1_700_000_000 },
    });
  }
  return sights;
}

/** The same sights in another order, some of them told again later. */
export function shuffledWithRepeats(sights: readonly Sight[], random: () => number): readonly Sight[] {
  const told = [...sights, ...sights.filter(() => random() < 0.2)];
  for (let at = told.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [told[at], told[other]] = [told[other] as Sight, told[at] as Sight];
  }
  return told;
}

function writtenText({ content }: SimMessage): string | null {
  if (content.type === 'text' || content.type === 'raw') return content.text;
  return content.type === 'media' ? content.media.caption : null;
}

function typeOf(content: SimMessage['content']): MessageObservation['type'] {
  if (content.type === 'media') return content.media.kind;
  if (content.type === 'notice') return 'system';
  return content.type === 'raw' ? 'other' : content.type;
}
