import type { ChatRecord, MessageRecord } from '#history/contracts/records.ts';
import { TandemError } from '#kernel/errors.ts';
import type { ServiceContext } from './context.ts';
import { refOf, splitReference } from './messages/reference.ts';
import { optionalName } from './present/message.ts';
import { compact, type Reply, servedBy } from './reply.ts';

export interface MarkMessagesRequest {
  readonly chat: string;
  readonly message_ids: readonly string[];
  /** Only messages of this person; two members of a group may use the same id. */
  readonly sender?: string | undefined;
}

export const skipReasons = [
  'NOT_FOUND',
  'OTHER_CHAT',
  'OTHER_SENDER',
  'OWN_MESSAGE',
  'SYSTEM_MESSAGE',
] as const;
export type SkipReason = (typeof skipReasons)[number];

export interface MarkedMessages {
  readonly chat_jid: string;
  readonly chat_name?: string;
  readonly marked: number;
  readonly receipts_sent: number;
  /** `off` = the setting keeps receipts back; they are read in this history only. */
  readonly receipts: 'sent' | 'off' | 'none-needed';
  readonly skipped: { readonly id: string; readonly reason: SkipReason }[];
}

/** How far back the unread messages of a chat are looked at. */
const UNREAD_LOOKED_AT_MAX = 2_000;

/**
 * Tells the senders of single messages that they were read; each sender hears of his own only. Errors: CHAT_NOT_FOUND,
 * MESSAGE_NOT_FOUND when none of the ids is known, and those of the router.
 */
export function createMarkMessages(context: ServiceContext) {
  const { history, router, resolver, config } = context;

  /** Either the message that is meant, or why none is. */
  const choose = async (
    typed: string,
    chat: ChatRecord,
    senderId: number | null,
  ): Promise<MessageRecord | SkipReason> => {
    const { id, chat: named } = splitReference({ message_id: typed });
    if (named !== null && (await history.chats.byJid(named))?.id !== chat.id) return 'OTHER_CHAT';
    const found = await history.messages.byId(id, chat.id);
    if (found.length === 0) return 'NOT_FOUND';
    const received = found.filter(({ fromMe }) => !fromMe);
    if (received.length === 0) return 'OWN_MESSAGE';
    const fitting = received.filter(
      ({ sender }) => senderId === null || chat.kind === 'direct' || sender?.personId === senderId,
    );
    const [message] = fitting;
    if (message === undefined) return 'OTHER_SENDER';
    return message.type === 'system' ? 'SYSTEM_MESSAGE' : message;
  };

  return async (request: MarkMessagesRequest, signal?: AbortSignal): Promise<Reply<MarkedMessages>> => {
    const chat = await resolver.chat(request.chat);
    const sender = request.sender === undefined ? null : await resolver.person(request.sender, 'sender');
    const chosen = new Map<number, MessageRecord>();
    const skipped: MarkedMessages['skipped'] = [];
    for (const id of new Set(request.message_ids)) {
      const found = await choose(id, chat, sender?.id ?? null);
      if (typeof found === 'string') skipped.push({ id, reason: found });
      else chosen.set(found.key, found);
    }
    if (chosen.size === 0 && skipped.every(({ reason }) => reason === 'NOT_FOUND')) {
      throw new TandemError('MESSAGE_NOT_FOUND', { details: { field: 'message_ids', skipped } });
    }
    const messages = [...chosen.values()];
    const outcome =
      config.readReceipts && messages.length > 0
        ? await router.call(
            'message.markRead',
            { messages: messages.map(refOf) },
            signal === undefined ? {} : { signal },
          )
        : null;
    const upTo = await readUpTo(context, chat, chosen);
    if (upTo !== null) await history.chats.markRead(chat.id, upTo);
    return {
      data: compact({
        chat_jid: chat.jid,
        chat_name: optionalName(chat.name),
        marked: messages.length,
        receipts_sent: outcome?.output.receiptsSent ?? 0,
        receipts:
          messages.length === 0
            ? ('none-needed' as const)
            : outcome === null
              ? ('off' as const)
              : ('sent' as const),
        skipped,
      }),
      ...(outcome === null ? {} : { meta: servedBy(outcome) }),
    };
  };
}

/** The chat counts as read up to the first message that is still unread; null when that is the oldest one. */
async function readUpTo(
  { history }: ServiceContext,
  chat: ChatRecord,
  read: ReadonlyMap<number, MessageRecord>,
): Promise<number | null> {
  const unread = (await history.messages.unread(chat.id, UNREAD_LOOKED_AT_MAX)).toReversed();
  const first = unread.findIndex(({ key }) => !read.has(key));
  const known = first === -1 ? unread : unread.slice(0, first);
  const last = known.at(-1);
  if (last === undefined) return null;
  // The store marks by time: a message of the same second would be marked along.
  const next = first === -1 ? undefined : unread[first];
  return next?.sentAt === last.sentAt ? last.sentAt - 1 : last.sentAt;
}
