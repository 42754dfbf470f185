import { type Chat, type ChatUpdate, proto } from '@whiskeysockets/baileys';
import { jidKind } from '#engines/contract/identity.ts';
import { clipName, said, toCount, toFlag, toJid, toNumber, toTime } from '#engines/contract/kit/scalars.ts';
import type { Self } from '#engines/contract/kit/self.ts';
import { altOf } from '#engines/contract/kit/target.ts';
import type { ObservationOf } from '#engines/contract/observation.ts';

type ChatObservation = ObservationOf<'chat'>;
const End = proto.Conversation.EndOfHistoryTransferType;

/** A conversation of a history chunk. */
export function observeStoredChat(chat: Chat, self: Self): ChatObservation | null {
  const jid = keptChat(chat.id);
  if (jid === null) return null;
  return {
    kind: 'chat',
    chat: jid,
    ...said({
      chatAlt: altOf(jid, chat.lidJid, self) ?? altOf(jid, chat.pnJid, self),
      name: clipName(chat.name, 1_000) ?? clipName(chat.displayName, 1_000),
      unread: toCount(chat.unreadCount),
      markedUnread: toFlag(chat.markedAsUnread),
      archived: toFlag(chat.archived),
      pinnedAt: toTime(chat.pinned),
      ephemeralSeconds: toCount(chat.ephemeralExpiration),
      lastMessageAt: toTime(chat.conversationTimestamp) ?? toTime(chat.lastMsgTimestamp),
      historyEnd: historyEndOf(chat),
    }),
    ...muteOf(chat.muteEndTime),
  };
}

/** What the phone says of messages older than those in the chunk. */
export function historyEndOf(chat: Chat): 'start-reached' | 'more-on-phone' | null {
  switch (chat.endOfHistoryTransferType) {
    case End.COMPLETE_AND_NO_MORE_MESSAGE_REMAIN_ON_PRIMARY:
      return 'start-reached';
    case End.COMPLETE_BUT_MORE_MESSAGES_REMAIN_ON_PRIMARY:
    case End.COMPLETE_ON_DEMAND_SYNC_BUT_MORE_MSG_REMAIN_ON_PRIMARY:
      return 'more-on-phone';
    default:
      return null;
  }
}

export interface ChatUpdateContext {
  /** Seconds. */
  readonly now: number;
  /** The update comes from a snapshot: it says what was done once, not what happened now. */
  readonly fromSnapshot: boolean;
}

/** A change that another device made, or a side effect of a message. Null when it says nothing Tandem keeps. */
export function observeChatUpdate(update: ChatUpdate, context: ChatUpdateContext): ChatObservation | null {
  const jid = keptChat(update.id);
  if (jid === null) return null;
  const fields: Partial<ChatObservation> = {
    ...said({ archived: toFlag(update.archived), name: clipName(update.name, 1_000) }),
    ...('pinned' in update ? { pinnedAt: toTime(update.pinned) } : {}),
    ...('muteEndTime' in update
      ? update.muteEndTime === null
        ? { mutedUntil: null }
        : muteOf(update.muteEndTime)
      : {}),
    ...('ephemeralExpiration' in update
      ? { ephemeralSeconds: toCount(update.ephemeralExpiration) ?? 0 }
      : {}),
    ...unreadOf(update, context),
  };
  return Object.keys(fields).length === 0 ? null : { kind: 'chat', chat: jid, ...fields };
}

function unreadOf(update: ChatUpdate, { now, fromSnapshot }: ChatUpdateContext): Partial<ChatObservation> {
  const unread = toNumber(update.unreadCount);
  // With a time it is the library's own counting of a message, which the store does from the messages.
  if (unread === null || update.conversationTimestamp !== undefined) return {};
  if (unread < 0) return { markedUnread: true };
  // Read once, long ago perhaps; the history chunk has the count of today.
  if (fromSnapshot) return {};
  return unread === 0 ? { unread: 0, markedUnread: false, readAt: now } : {};
}

/** Seconds, milliseconds, or all bits set for "until unmuted". */
function muteOf(value: unknown): { mutedUntil?: number | null } {
  const number = toNumber(value);
  if (number === null) return {};
  if (number < 0) return { mutedUntil: 0 };
  if (number === 0) return { mutedUntil: null };
  return { mutedUntil: toTime(number) ?? 0 };
}

function keptChat(id: unknown): string | null {
  const jid = toJid(id);
  const kind = jid === null ? null : jidKind(jid);
  return kind === 'status' || kind === 'newsletter' ? null : jid;
}
