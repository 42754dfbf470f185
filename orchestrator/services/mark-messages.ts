import type { ChatRecord, MessageRecord } from '#history/contracts/records.ts';
import { TandemError } from '#kernel/errors.ts';
import type { ServiceContext } from './context.ts';
import { inLine } from './in-line.ts';
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
  'ALREADY_TOLD',
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

/** How far back the unread messages of a chat are looked at: what is older than these stays counted. */
const UNREAD_LOOKED_AT_MAX = 2_000;

/**
 * Tells the senders of single messages that they were read; each sender hears of his own only, and of none twice. Errors: CHAT_NOT_FOUND,
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

  const mark = async (
    request: MarkMessagesRequest,
    chat: ChatRecord,
    signal: AbortSignal | undefined,
  ): Promise<Reply<MarkedMessages>> => {
    signal?.throwIfAborted();
    const sender = request.sender === undefined ? null : await resolver.person(request.sender, 'sender');
    const chosen = new Map<number, { readonly typed: string; readonly message: MessageRecord }>();
    const skipped: MarkedMessages['skipped'] = [];
    for (const typed of new Set(request.message_ids)) {
      const found = await choose(typed, chat, sender?.id ?? null);
      if (typeof found === 'string') skipped.push({ id: typed, reason: found });
      else chosen.set(found.key, { typed, message: found });
    }
    if (chosen.size === 0 && skipped.every(({ reason }) => reason === 'NOT_FOUND')) {
      throw new TandemError('MESSAGE_NOT_FOUND', { details: { field: 'message_ids', skipped } });
    }
    const keys = [...chosen.keys()];
    const told = await history.reads.told(keys);
    const messages: MessageRecord[] = [];
    for (const [key, { typed, message }] of chosen) {
      if (told.has(key)) skipped.push({ id: typed, reason: 'ALREADY_TOLD' });
      else messages.push(message);
    }
    const before = await history.reads.unread(chat.id, UNREAD_LOOKED_AT_MAX);
    const outcome =
      config.readReceipts && messages.length > 0
        ? await router.call(
            'message.markRead',
            { messages: messages.map(refOf) },
            signal === undefined ? {} : { signal },
          )
        : null;
    if (outcome !== null) await history.reads.noteTold(messages.map(({ key }) => key));
    await history.reads.noteRead({ chatId: chat.id, keys, before });
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

  return async (request: MarkMessagesRequest, signal?: AbortSignal): Promise<Reply<MarkedMessages>> => {
    const chat = await resolver.chat(request.chat);
    return inLine(history, chat.id, () => mark(request, chat, signal));
  };
}
