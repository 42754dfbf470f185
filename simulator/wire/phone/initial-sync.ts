import { proto } from '@whiskeysockets/baileys';
import type { SimChat } from '../../account/model.ts';
import type { ContentDeps } from '../messages/content.ts';
import { chatHeader, EndOfHistory, historyMessages } from './conversation.ts';
import type { HistoryPiece } from './history-blob.ts';

const { HistorySyncType } = proto.HistorySync;

/** How the pushed history is cut. */
export type InitialSyncPlan = {
  /** Newest messages of each chat that go into the bootstrap. At least 1: it is the anchor for paging. */
  readonly bootstrapPerChat: number;
  readonly messagesPerChunk: number;
  /** The oldest part of what is pushed comes as FULL; zero for a companion that wants only recent months. */
  readonly fullShare: number;
};

export const planFor = (wantsFullHistory: boolean, messagesPerChunk: number): InitialSyncPlan => ({
  bootstrapPerChat: 1,
  messagesPerChunk,
  fullShare: wantsFullHistory ? 1 / 3 : 0,
});

/** Half-open index range of one chat, handed over by a piece. */
export type Handed = { readonly chat: SimChat; readonly from: number; readonly to: number };

export type PlannedPiece = { readonly piece: HistoryPiece; readonly handed: readonly Handed[] };

type Range = Handed;

const COMPLETE = 100;

const lidMappings = ({ account }: ContentDeps): proto.IPhoneNumberToLIDMapping[] =>
  account
    .people()
    .filter((person) => person.pn !== null && person.lid !== null)
    .map((person) => ({ pnJid: person.pn, lidJid: person.lid }));

/** Groups ranges into chunks of about the planned size; a long range is cut, newest part first. */
function* inChunks(ranges: readonly Range[], limit: number): Generator<readonly Range[]> {
  let chunk: Range[] = [];
  let filled = 0;
  for (const range of ranges) {
    let { to } = range;
    while (to > range.from) {
      const from = Math.max(range.from, to - (limit - filled));
      chunk.push({ ...range, from, to });
      filled += to - from;
      to = from;
      if (filled < limit) continue;
      yield chunk;
      chunk = [];
      filled = 0;
    }
  }
  if (chunk.length > 0) yield chunk;
}

/**
 * The history a new companion gets without asking, piece by piece; only one piece exists at a time. The chats are
 * a snapshot: what arrives later reaches the companion live.
 */
export function* initialHistory(
  chats: readonly SimChat[],
  plan: InitialSyncPlan,
  deps: ContentDeps,
): Generator<PlannedPiece, void, undefined> {
  let chunkOrder = 0;
  const nextOrder = (): number => ++chunkOrder;
  // Chats whose header has been sent: later chunks carry only the id.
  const introduced = new Set<string>();

  const conversation = (range: Range): proto.IConversation => {
    const { chat, from, to } = range;
    const known = introduced.has(chat.key);
    introduced.add(chat.key);
    const reachesEdge = from === chat.pushedFrom;
    return {
      ...(known ? { id: chat.jid } : chatHeader(chat, deps)),
      messages: historyMessages(chat, from, to, deps),
      ...(reachesEdge
        ? {
            endOfHistoryTransfer: true,
            endOfHistoryTransferType:
              from === 0
                ? EndOfHistory.COMPLETE_AND_NO_MORE_MESSAGE_REMAIN_ON_PRIMARY
                : EndOfHistory.COMPLETE_BUT_MORE_MESSAGES_REMAIN_ON_PRIMARY,
          }
        : {}),
    };
  };

  function* phase(
    syncType: proto.HistorySync.HistorySyncType,
    ranges: readonly Range[],
  ): Generator<PlannedPiece> {
    const total = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
    let done = 0;
    for (const chunk of inChunks(ranges, plan.messagesPerChunk)) {
      done += chunk.reduce((sum, { from, to }) => sum + to - from, 0);
      const progress = done === total ? COMPLETE : Math.floor((COMPLETE * done) / total);
      const conversations = chunk.map(conversation);
      yield { piece: { syncType, conversations, chunkOrder: nextOrder(), progress }, handed: chunk };
    }
  }

  const bootstrapFrom = (chat: SimChat): number =>
    Math.max(chat.pushedFrom, chat.size - plan.bootstrapPerChat);
  const fullTo = (chat: SimChat): number =>
    chat.pushedFrom + Math.floor((bootstrapFrom(chat) - chat.pushedFrom) * plan.fullShare);

  const bootstrap = chats.map((chat) => ({ chat, from: bootstrapFrom(chat), to: chat.size }));
  yield {
    piece: {
      syncType: HistorySyncType.INITIAL_BOOTSTRAP,
      conversations: bootstrap.map(conversation),
      phoneNumberToLidMappings: lidMappings(deps),
      chunkOrder: nextOrder(),
      progress: COMPLETE,
    },
    handed: bootstrap,
  };
  const named = deps.account.people().filter((person) => person.pushName !== null);
  yield {
    piece: {
      syncType: HistorySyncType.PUSH_NAME,
      pushnames: named.map((person) => ({ id: person.lid ?? person.pn, pushname: person.pushName })),
      chunkOrder: nextOrder(),
      progress: COMPLETE,
    },
    handed: [],
  };
  yield {
    piece: {
      syncType: HistorySyncType.NON_BLOCKING_DATA,
      pastParticipants: [],
      chunkOrder: nextOrder(),
      progress: COMPLETE,
    },
    handed: [],
  };
  const recent = chats.map((chat) => ({ chat, from: fullTo(chat), to: bootstrapFrom(chat) }));
  const older = chats.map((chat) => ({ chat, from: chat.pushedFrom, to: fullTo(chat) }));
  if (recent.every(({ from, to }) => from === to)) {
    // Clients wait for a RECENT piece that says 100 %.
    const piece = { syncType: HistorySyncType.RECENT, chunkOrder: nextOrder(), progress: COMPLETE };
    yield { piece, handed: [] };
  }
  yield* phase(HistorySyncType.RECENT, recent);
  yield* phase(HistorySyncType.FULL, older);
}
