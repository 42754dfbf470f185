import { proto } from '@whiskeysockets/baileys';
import type { SimChat } from '../../account/model.ts';
import type { ContentDeps } from '../messages/content.ts';
import { addressingOf, otherJid } from '../messages/jids.ts';
import { EndOfHistory, historyMessages } from './conversation.ts';
import type { HistoryPiece } from './history-blob.ts';
import type { Handed } from './initial-sync.ts';

export type HistoryRequest = {
  readonly chatJid: string;
  readonly oldestId: string;
  readonly count: number;
};

export type HistoryPage = {
  readonly piece: HistoryPiece;
  readonly handed: readonly Handed[];
  readonly oldestSeconds: number | null;
};

export const readHistoryRequest = (
  request: proto.Message.PeerDataOperationRequestMessage.IHistorySyncOnDemandRequest | null | undefined,
): HistoryRequest | null =>
  request?.chatJid && request.oldestMsgId
    ? { chatJid: request.chatJid, oldestId: request.oldestMsgId, count: request.onDemandMsgCount ?? 0 }
    : null;

const page = (
  chat: SimChat,
  jid: string,
  from: number,
  to: number,
  end: proto.Conversation.EndOfHistoryTransferType | null,
  deps: ContentDeps,
): HistoryPage => ({
  piece: {
    syncType: proto.HistorySync.HistorySyncType.ON_DEMAND,
    chunkOrder: 1,
    progress: 100,
    conversations: [
      {
        id: jid,
        messages: historyMessages(chat, from, to, deps),
        ...(end === null ? {} : { endOfHistoryTransfer: true, endOfHistoryTransferType: end }),
      },
    ],
  },
  handed: [{ chat, from, to }],
  oldestSeconds: deps.account.message(chat.key, from)?.time ?? null,
});

/** Says that nothing older exists, or that there is more. */
const endAt = (from: number): proto.Conversation.EndOfHistoryTransferType =>
  from === 0
    ? EndOfHistory.COMPLETE_AND_NO_MORE_MESSAGE_REMAIN_ON_PRIMARY
    : EndOfHistory.COMPLETE_ON_DEMAND_SYNC_BUT_MORE_MSG_REMAIN_ON_PRIMARY;

const countOf = (request: HistoryRequest, pageSize: number): number =>
  Math.max(1, Math.min(request.count, pageSize));

/** The page before the message with index `anchor`. */
export const historyPage = (
  chat: SimChat,
  anchor: number,
  request: HistoryRequest,
  pageSize: number,
  deps: ContentDeps,
  under: 'same-identity' | 'other-identity' = 'same-identity',
): HistoryPage => {
  const from = Math.max(0, anchor - countOf(request, pageSize));
  const other = chat.peer === null ? undefined : otherJid(deps.account, chat.peer, addressingOf(chat));
  const jid = under === 'other-identity' ? (other ?? chat.jid) : chat.jid;
  return page(chat, jid, from, anchor, endAt(from), deps);
};

/** A page that holds nothing. It proves nothing, or claims that nothing older exists. */
export const emptyPage = (chat: SimChat, claim: 'nothing' | 'end', deps: ContentDeps): HistoryPage =>
  page(chat, chat.jid, 0, 0, claim === 'end' ? endAt(0) : null, deps);
