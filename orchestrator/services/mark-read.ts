import { type ErrorCode, toTandemError } from '#kernel/errors.ts';
import type { ServiceContext } from './context.ts';
import { newestAnchor, refOf } from './messages/reference.ts';
import { optionalName } from './present/message.ts';
import { compact, type Reply, servedBy } from './reply.ts';

export interface MarkedRead {
  readonly chat_jid: string;
  readonly chat_name?: string;
  readonly marked_count: number;
  readonly receipts_sent: number;
  /**
   * `off` = the setting keeps receipts back; only the own devices learn that the chat was read. `failed` = the chat is
   * read, and not all senders could be told.
   */
  readonly receipts: 'sent' | 'off' | 'none-needed' | 'failed';
  readonly receipts_error?: ErrorCode;
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
    const newest = await newestAnchor(context, chat.id);
    if (newest === null) {
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
    const tellSenders = config.readReceipts;
    const marked = await router.call('chat.markRead', { chat: chat.jid, newest, tellSenders }, options);
    const markedCount = await history.chats.markRead(chat.id, newest.sentAt);

    /** What was done stays done: a receipt that cannot be sent does not make it a failure. */
    const tell = async (): Promise<Pick<MarkedRead, 'receipts' | 'receipts_sent' | 'receipts_error'>> => {
      if (unread.length === 0) return { receipts: 'none-needed', receipts_sent: 0 };
      // An engine that cannot mark without telling has told them, whatever was asked.
      if (marked.output.sendersTold) return { receipts: 'sent', receipts_sent: unread.length };
      if (!tellSenders) return { receipts: 'off', receipts_sent: 0 };
      let sent = 0;
      try {
        for (let at = 0; at < unread.length; at += RECEIPTS_PER_COMMAND) {
          const messages = unread.slice(at, at + RECEIPTS_PER_COMMAND).map(refOf);
          sent += (await router.call('message.markRead', { messages }, options)).output.receiptsSent;
        }
        return { receipts: 'sent', receipts_sent: sent };
      } catch (thrown) {
        return { receipts: 'failed', receipts_sent: sent, receipts_error: toTandemError(thrown).code };
      }
    };
    const told = await tell();
    const meta = servedBy(marked);
    return {
      data: { ...named, marked_count: markedCount, ...told },
      meta:
        told.receipts_error === undefined
          ? meta
          : { ...meta, degraded: true, degraded_reason: `receipts: ${told.receipts_error}` },
    };
  };
}
