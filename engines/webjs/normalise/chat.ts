import { jidKind } from '#engines/contract/identity.ts';
import { clipName, said, toCount, toFlag, toNumber, toTime } from '#engines/contract/kit/scalars.ts';
import { altOf } from '#engines/contract/kit/target.ts';
import type { ObservationOf } from '#engines/contract/observation.ts';
import type { PageContext } from './context.ts';
import { type PageChat, readChat } from './shapes.ts';
import { toJid, toPerson } from './wid.ts';

type ChatObservation = ObservationOf<'chat'>;

/** A chat model of the page as it is now. Null for kinds that Tandem does not keep. */
export function observeChat(model: unknown, context: PageContext): ChatObservation | null {
  const chat = readChat(model, context.oddities);
  const jid = toJid(chat?.id);
  const kind = jid === null ? null : jidKind(jid);
  if (chat === null || jid === null || kind === 'status' || kind === 'newsletter') return null;
  return {
    kind: 'chat',
    chat: jid,
    ...said({
      chatAlt: kind === 'group' ? null : altOf(jid, toPerson(chat.alt), context.self),
      // In direct chats the page shows whatever it knows of the person; their contact says which kind of name it is.
      name: kind === 'group' ? (clipName(chat.name, 1_000) ?? clipName(chat.formattedTitle, 1_000)) : null,
      archived: toFlag(chat.archive),
      ephemeralSeconds: toCount(chat.ephemeralDuration),
      lastMessageAt: toTime(chat.t),
      historyEnd: historyEndOf(chat),
    }),
    ...unreadOf(chat),
    ...(chat.pin === undefined ? {} : { pinnedAt: toTime(chat.pin) }),
    ...muteOf(chat),
  };
}

const INCOMPLETE = 2;
/** The phone has more and does not give it to this device. */
export const NOT_GIVEN = 5;

/** The phone has not handed everything to this device yet that it is going to. */
export function isIncomplete(model: unknown): boolean {
  return ((model ?? {}) as PageChat).endOfHistoryTransferType === INCOMPLETE;
}

/**
 * What the page says of messages older than its own. Its numbers are not those of the protocol; of those seen, only one says
 * that nothing is left.
 */
export function historyEndOf(chat: {
  readonly endOfHistoryTransferType?: unknown;
}): 'start-reached' | 'more-on-phone' | null {
  switch (toNumber(chat.endOfHistoryTransferType)) {
    case 0:
    case 4:
    case NOT_GIVEN:
      return 'more-on-phone';
    case 1:
      return 'start-reached';
    default:
      return null;
  }
}

function unreadOf(chat: PageChat): Partial<ChatObservation> {
  const unread = toNumber(chat.unreadCount);
  if (unread === null) return {};
  if (unread < 0) return { markedUnread: true };
  // One number for both: a mark on a chat that has unread messages anyway is not to be seen.
  return unread === 0 ? { unread, markedUnread: false } : { unread: Math.floor(unread) };
}

/** Seconds, -1 for "until unmuted", 0 for not muted. */
function muteOf(chat: PageChat): { mutedUntil?: number | null } {
  const until = toNumber(chat.muteExpiration);
  if (until === null) return {};
  if (until < 0) return { mutedUntil: 0 };
  return { mutedUntil: toTime(until) };
}
