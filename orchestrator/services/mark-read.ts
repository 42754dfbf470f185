import type { ErrorCode } from '#kernel/errors.ts';
import type { ServiceContext } from './context.ts';
import { markChat, type ReceiptsOutcome } from './mark-chat.ts';
import { optionalName } from './present/message.ts';
import { compact, type Reply, servedBy } from './reply.ts';
import { hintAfter } from './untold.ts';

export interface MarkedRead {
  readonly chat_jid: string;
  readonly chat_name?: string;
  /** Messages that were unread. */
  readonly marked_count: number;
  /** Of them those whose senders were told. */
  readonly messages_told: number;
  /** Of them those that this history does not hold: nobody can be told of them. */
  readonly not_in_history: number;
  /** Stanzas, one for each sender. */
  readonly receipts_sent: number;
  readonly receipts: ReceiptsOutcome;
  readonly receipts_error?: ErrorCode;
  /** What to do about senders who were not told. */
  readonly hint?: string;
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
          messages_told: 0,
          not_in_history: 0,
          receipts_sent: 0,
          receipts: 'none-needed',
          notice: 'EMPTY_CHAT',
        },
      };
    }
    const { marked, told, notInHistory, receiptsSent, receipts, receiptsError, served } = done;
    const meta = served === null ? {} : servedBy(served);
    return {
      data: compact({
        ...named,
        marked_count: marked,
        messages_told: told,
        not_in_history: notInHistory,
        receipts_sent: receiptsSent,
        receipts,
        receipts_error: receiptsError ?? undefined,
        // Who switched receipts off, and who had nothing to read, needs no advice.
        hint:
          receipts === 'partly' || receipts === 'none'
            ? hintAfter({ unread: marked, told, notInHistory })
            : undefined,
      }),
      meta:
        receiptsError === null
          ? meta
          : { ...meta, degraded: true, degraded_reason: `receipts: ${receiptsError}` },
    };
  };
}
