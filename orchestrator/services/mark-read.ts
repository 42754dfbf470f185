import type { ServiceContext } from './context.ts';
import { refOf } from './messages/reference.ts';
import { optionalName } from './present/message.ts';
import { compact, type Reply, servedBy } from './reply.ts';

export interface MarkedRead {
  readonly chat_jid: string;
  readonly chat_name?: string;
  readonly marked_count: number;
  readonly receipts_sent: number;
  /** `off` = the setting keeps receipts back; only the own devices learn that the chat was read. */
  readonly receipts: 'sent' | 'off' | 'none-needed';
  readonly notice?: 'EMPTY_CHAT';
}

/** As many as one command takes. */
const RECEIPTS_PER_COMMAND = 500;
/** Older unread messages are covered by the mark on the chat itself, which is what the own devices go by. */
const RECEIPTS_MAX = 4 * RECEIPTS_PER_COMMAND;

/** Marks a chat read on all own devices and, where allowed, tells the senders; then in the store. */
export function createMarkRead(context: ServiceContext) {
  const { history, router, resolver, config } = context;

  return async (request: { readonly chat: string }, signal?: AbortSignal): Promise<Reply<MarkedRead>> => {
    const chat = await resolver.chat(request.chat);
    const named = compact({ chat_jid: chat.jid, chat_name: optionalName(chat.name) });
    const { items } = await history.messages.list({ chatId: chat.id, order: 'newest', limit: 1 });
    const newest = items[0];
    if (newest === undefined) {
      return {
        data: {
          ...named,
          marked_count: 0,
          receipts_sent: 0,
          receipts: 'none-needed',
          notice: 'EMPTY_CHAT',
        },
      };
    }
    const options = signal === undefined ? {} : { signal };
    const unread = await history.messages.unread(chat.id, RECEIPTS_MAX);
    const marked = await router.call(
      'chat.markRead',
      {
        chat: chat.jid,
        newest: {
          id: newest.id,
          fromMe: newest.fromMe,
          sender: newest.sender?.jid ?? null,
          sentAt: newest.sentAt,
        },
        tellSenders: config.readReceipts,
      },
      options,
    );
    let receiptsSent = 0;
    const toTell = config.readReceipts && !marked.output.sendersTold ? unread : [];
    for (let at = 0; at < toTell.length; at += RECEIPTS_PER_COMMAND) {
      const messages = toTell.slice(at, at + RECEIPTS_PER_COMMAND).map(refOf);
      receiptsSent += (await router.call('message.markRead', { messages }, options)).output.receiptsSent;
    }
    const markedCount = await history.chats.markRead(chat.id, newest.sentAt);
    return {
      data: {
        ...named,
        marked_count: markedCount,
        receipts_sent: receiptsSent,
        receipts: unread.length === 0 ? 'none-needed' : config.readReceipts ? 'sent' : 'off',
      },
      meta: servedBy(marked),
    };
  };
}
