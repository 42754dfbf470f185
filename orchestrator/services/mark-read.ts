import type { ErrorCode } from '#kernel/errors.ts';
import type { ServiceContext } from './context.ts';
import { markChat } from './mark-chat.ts';
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

/** Older unread messages are covered by the mark on the chat itself, which is what the own devices go by. */
const RECEIPTS_MAX = 2_000;

/** Tells the senders where allowed, then all own devices, then the store. */
export function createMarkRead(context: ServiceContext) {
  const { resolver, config } = context;

  return async (request: { readonly chat: string }, signal?: AbortSignal): Promise<Reply<MarkedRead>> => {
    const chat = await resolver.chat(request.chat);
    const named = compact({ chat_jid: chat.jid, chat_name: optionalName(chat.name) });
    const done = await markChat(context, {
      chat,
      receipts: config.readReceipts ? 'both' : 'own-devices',
      maxReceipts: RECEIPTS_MAX,
      // What was done stays done: a receipt that cannot be sent does not make it a failure.
      untold: 'go-on',
      ...(signal === undefined ? {} : { signal }),
    });
    if (done === null) {
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
    const { marked, receiptsSent, receipts, receiptsError, served } = done;
    const meta = served === null ? {} : servedBy(served);
    return {
      data: compact({
        ...named,
        marked_count: marked,
        receipts_sent: receiptsSent,
        receipts,
        receipts_error: receiptsError ?? undefined,
      }),
      meta:
        receiptsError === null
          ? meta
          : { ...meta, degraded: true, degraded_reason: `receipts: ${receiptsError}` },
    };
  };
}
