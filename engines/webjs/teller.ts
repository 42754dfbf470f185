import type { KnownLinks } from '#engines/contract/kit/known-links.ts';
import type { Self } from '#engines/contract/kit/self.ts';
import type { Sink } from '#engines/contract/kit/sink.ts';
import type { Observation, ObservationOf } from '#engines/contract/observation.ts';
import { type Clock, nowSeconds } from '#kernel/clock.ts';
import type { Logger } from '#kernel/logger.ts';
import { createOddities } from './normalise/border.ts';
import { observeChat } from './normalise/chat.ts';
import { observeContact } from './normalise/contact.ts';
import type { MessageContext, PageContext } from './normalise/context.ts';
import { groupInfo } from './normalise/group.ts';
import type { Told } from './told.ts';

/** From the page's models into the outbox: the part that live traffic, the first sync and later looks share. */
export interface Teller {
  context(): PageContext;
  messageContext(via: MessageContext['via'], page?: string): MessageContext;
  /** Never throws; identities that stand beside what is said go first. Returns false when the disk refuses. */
  tell(observations: readonly Observation[]): boolean;
  /** Of each the part that differs from the last time. */
  chats(models: readonly unknown[]): readonly Observation[];
  contacts(models: readonly unknown[]): readonly Observation[];
  groups(models: readonly unknown[]): readonly Observation[];
  /** Logs what did not fit since the last time. */
  reportOddities(): void;
}

export interface TellerDeps {
  readonly sink: Sink;
  readonly told: Told;
  readonly links: KnownLinks;
  readonly self: () => Self;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Chats whose unread count is remembered; forgetting one costs the time at which it was read. */
const UNREAD_MAX = 20_000;

export function createTeller({ sink, told, links, self, clock, logger }: TellerDeps): Teller {
  const oddities = createOddities();
  const unread = new Map<string, number>();
  const context = (): PageContext => ({ self: self(), now: nowSeconds(clock), oddities });

  /** A count that fell to nothing was read just now, on this device or another. */
  function withReading(chat: ObservationOf<'chat'>, now: number): ObservationOf<'chat'> {
    if (chat.unread === undefined) return chat;
    const before = unread.get(chat.chat) ?? 0;
    if (unread.size >= UNREAD_MAX) unread.clear();
    unread.set(chat.chat, chat.unread);
    return before > 0 && chat.unread === 0 ? { ...chat, readAt: now } : chat;
  }

  return {
    context,
    messageContext: (via, page) => ({ ...context(), via, ...(page === undefined ? {} : { page }) }),
    tell: (observations) => {
      const at = nowSeconds(clock);
      sink.deliver(observations.flatMap((one) => [...links.within(one, at), one]));
      if (sink.blocked()) return false;
      told.settle();
      return true;
    },
    chats: (models) => {
      const around = context();
      return models.flatMap((model) => {
        const chat = observeChat(model, around);
        if (chat === null) return [];
        // Every message moves the time of its chat, and says it itself.
        const { lastMessageAt, ...rest } = chat;
        return told.changed('chat', chat.chat, rest) ? [withReading(chat, around.now)] : [];
      });
    },
    contacts: (models) => {
      const around = context();
      return models.flatMap((model) => {
        const contact = observeContact(model, around);
        if (contact === null) return [];
        // Of most people there is nothing to say about it.
        const { blocked, ...rest } = contact;
        const turned = blocked !== undefined && told.turned('blocked', contact.jid, blocked);
        if (turned) return [contact];
        return told.changed('contact', contact.jid, rest) && Object.keys(rest).length > 2 ? [rest] : [];
      });
    },
    groups: (models) => {
      const around = context();
      return models.flatMap((model): Observation[] => {
        const group = groupInfo(model, around);
        return group !== null && told.changed('group', group.jid, group) ? [{ kind: 'group', group }] : [];
      });
    },
    reportOddities: () => {
      const odd = oddities.take();
      if (Object.keys(odd).length > 0) logger.debug('fields of the page not understood', { fields: odd });
    },
  };
}
