import { setTimeout as sleep } from 'node:timers/promises';
import type { DeliveryLog } from '../../account/deliveries.ts';
import type { HistoryRequests, OpenAsk } from '../../account/history-requests.ts';
import type { SimChat } from '../../account/model.ts';
import type { MediaHost } from '../contract.ts';
import type { Companion } from '../devices.ts';
import type { ContentDeps } from '../messages/content.ts';
import type { OnDemandMode, PhoneBehaviour } from './behaviour.ts';
import { historyNotification } from './history-blob.ts';
import { emptyPage, type HistoryPage, type HistoryRequest, historyPage } from './on-demand.ts';
import {
  answerDelayMs,
  isDeadAnchor,
  otherChatRange,
  pageSize,
  takeOnDemandMode,
} from './on-demand-rules.ts';
import type { PeerChannel } from './peer.ts';

export type HistoryAnswersDeps = ContentDeps & {
  readonly behaviour: PhoneBehaviour;
  readonly send: PeerChannel;
  readonly media: Pick<MediaHost, 'put'>;
  readonly deliveries: DeliveryLog;
  readonly requests: HistoryRequests;
};

/** What becomes of a message to the phone. */
export type PeerVerdict = {
  /** The error that the server acknowledges it with; null when it is passed on. */
  readonly refusal: string | null;
  readonly answer: () => Promise<void>;
};

export type HistoryAnswers = {
  readonly take: (companion: Companion, id: string, request: HistoryRequest) => PeerVerdict;
  /** Delivers an answer once more, the last one without an id. False: no such answer, or its device is gone. */
  readonly again: (requestId?: string) => Promise<boolean>;
  readonly close: () => void;
};

type Given = {
  readonly id: string;
  readonly companion: Companion;
  readonly page: HistoryPage;
  readonly ask: OpenAsk;
};

// No public source names the code for messages to the own phone; elsewhere the server says 429, `rate-overlimit`.
const RATE_LIMITED = '429';
// Enough to rehearse late repetitions, and little to keep over a million messages.
const ANSWERS_KEPT = 16;

/** The phone's answers to requests for older messages, as it has been ordered to give them. */
export const createHistoryAnswers = (deps: HistoryAnswersDeps): HistoryAnswers => {
  const { behaviour, account } = deps;
  const kept: Given[] = [];
  let closed = false;

  const deliver = async ({ id, companion, page, ask }: Given): Promise<void> => {
    for (const { chat, from, to } of page.handed) {
      deps.deliveries.record(String(companion.id), chat.key, from, to);
    }
    const extra = {
      requestId: id,
      ...(page.oldestSeconds === null ? {} : { oldestSeconds: page.oldestSeconds }),
    };
    const notification = await historyNotification(page.piece, deps.media, behaviour.delivery, extra);
    await deps.send(companion, notification);
    ask.delivered();
  };

  const otherChatPage = (chat: SimChat, request: HistoryRequest): HistoryPage => {
    const other = otherChatRange(account, behaviour, chat);
    return other
      ? historyPage(other.chat, other.to, request, pageSize(behaviour), deps)
      : emptyPage(chat, 'nothing', deps);
  };

  const pageFor = (
    mode: OnDemandMode,
    chat: SimChat,
    anchor: number,
    request: HistoryRequest,
  ): HistoryPage => {
    if (mode === 'empty') return emptyPage(chat, 'nothing', deps);
    if (mode === 'empty-end') return emptyPage(chat, 'end', deps);
    if (mode === 'other-chat') return otherChatPage(chat, request);
    const under = mode === 'other-identity' ? mode : 'same-identity';
    return historyPage(chat, anchor, request, pageSize(behaviour), deps, under);
  };

  const answer = async (
    companion: Companion,
    id: string,
    request: HistoryRequest,
    mode: OnDemandMode,
    ask: OpenAsk,
  ): Promise<void> => {
    if (mode === 'silent') return ask.close('silent');
    const delayMs = answerDelayMs(behaviour, ask.number);
    if (delayMs > 0) await sleep(delayMs);
    if (closed) return;
    if (mode === 'drop') {
      ask.close('dropped');
      return companion.connection()?.drop();
    }
    const chat = account.chatByJid(request.chatJid);
    if (!chat) return ask.close('unknown-chat');
    const anchor = account.indexOf(chat.key, request.oldestId);
    if (anchor === null || isDeadAnchor(behaviour, request.oldestId)) return ask.close('dead-anchor');
    const earlier = kept.findLast((given) => given.companion === companion);
    if (mode === 'earlier-again' && earlier) await deliver(earlier);
    const page = pageFor(mode, chat, anchor, request);
    const [handed] = page.handed;
    ask.close('answered', handed ? { chat: handed.chat.key, from: handed.from, to: handed.to } : null);
    const given = { id, companion, page, ask };
    kept.push(given);
    if (kept.length > ANSWERS_KEPT) kept.shift();
    await deliver(given);
    if (mode === 'twice') await deliver(given);
  };

  return {
    take: (companion, id, request) => {
      const chat = account.chatByJid(request.chatJid)?.key ?? null;
      const mode = takeOnDemandMode(behaviour, chat);
      const ask = deps.requests.open({
        via: 'wire',
        device: companion.id,
        chat,
        chatJid: request.chatJid,
        anchorId: request.oldestId,
        count: request.count,
        requestId: id,
        mode,
      });
      if (mode !== 'rate-limited') {
        return { refusal: null, answer: () => answer(companion, id, request, mode, ask) };
      }
      ask.close('refused');
      return { refusal: RATE_LIMITED, answer: async () => undefined };
    },
    again: async (requestId) => {
      const given = kept.findLast(({ id }) => requestId === undefined || id === requestId);
      if (!given || given.companion.removed()) return false;
      await deliver(given);
      return true;
    },
    close: () => {
      closed = true;
    },
  };
};
