import { setTimeout as sleep } from 'node:timers/promises';
import { proto } from '@whiskeysockets/baileys';
import type { DeliveryLog } from '../../account/deliveries.ts';
import type { HistoryRequests } from '../../account/history-requests.ts';
import type { AppStateSyncKey, MediaHost, WireLog } from '../contract.ts';
import type { Companion } from '../devices.ts';
import type { ContentDeps } from '../messages/content.ts';
import { webMessage } from '../messages/web-message.ts';
import type { PhoneBehaviour } from './behaviour.ts';
import { createHistoryAnswers, type HistoryAnswers, type PeerVerdict } from './history-answers.ts';
import { historyNotification } from './history-blob.ts';
import { type Handed, initialHistory, planFor } from './initial-sync.ts';
import { readHistoryRequest } from './on-demand.ts';
import { keyShareMessage, type PeerChannel } from './peer.ts';

const { PeerDataOperationRequestType } = proto.Message;

// How often a waiting history transfer looks whether it may go on.
const WAIT_POLL_MS = 20;

export type PhoneDeps = ContentDeps & {
  readonly behaviour: PhoneBehaviour;
  readonly send: PeerChannel;
  readonly media: Pick<MediaHost, 'put'>;
  readonly appStateKey: AppStateSyncKey;
  readonly deliveries: DeliveryLog;
  readonly requests: HistoryRequests;
  readonly log: WireLog;
};

/** The side of the phone that talks to its own companions. */
export type PhoneService = {
  /** Key share and the whole pushed history; goes on where it stopped when the companion comes back. */
  readonly startInitialSync: (companion: Companion) => Promise<void>;
  /** A request of a companion, already decrypted. Decides at once, and acts when told to answer. */
  readonly onPeerMessage: (companion: Companion, id: string, message: proto.IMessage) => PeerVerdict;
  /** Delivers an answer about history once more, see history-answers. */
  readonly answerAgain: HistoryAnswers['again'];
  readonly close: () => void;
};

type Resends = readonly proto.Message.PeerDataOperationRequestMessage.IPlaceholderMessageResendRequest[];

const NOTHING_TO_DO: PeerVerdict = { refusal: null, answer: async () => undefined };

export const createPhone = (deps: PhoneDeps): PhoneService => {
  const { behaviour, account } = deps;
  const history = createHistoryAnswers(deps);
  let closed = false;

  const hand = (companion: Companion, handed: readonly Handed[]): void => {
    for (const { chat, from, to } of handed) {
      deps.deliveries.record(String(companion.id), chat.key, from, to);
    }
  };

  const mayContinue = async (companion: Companion): Promise<boolean> => {
    while (!closed && !companion.removed() && (behaviour.paused || !companion.online))
      await sleep(WAIT_POLL_MS);
    return !closed && !companion.removed();
  };

  const startInitialSync = async (companion: Companion): Promise<void> => {
    const chats = account.chats();
    const plan = planFor(companion.registration.wantsFullHistory, behaviour.messagesPerChunk);
    await deps.send(companion, keyShareMessage(deps.appStateKey));
    for (const { piece, handed } of initialHistory(chats, plan, deps)) {
      const notification = await historyNotification(piece, deps.media, behaviour.delivery);
      if (behaviour.chunkDelayMs > 0) await sleep(behaviour.chunkDelayMs);
      if (!(await mayContinue(companion))) return;
      hand(companion, handed);
      await deps.send(companion, notification);
    }
  };

  const resend = (
    requests: Resends,
  ): proto.Message.PeerDataOperationRequestResponseMessage.IPeerDataOperationResult[] =>
    requests.flatMap(({ messageKey }) => {
      const chat = account.chatByJid(messageKey?.remoteJid ?? '');
      const message = chat ? account.messageById(chat.key, messageKey?.id ?? '') : undefined;
      if (!chat || !message) return [];
      const webMessageInfoBytes = proto.WebMessageInfo.encode(webMessage(message, chat, deps)).finish();
      return [{ placeholderMessageResendResponse: { webMessageInfoBytes } }];
    });

  const answerResend = (companion: Companion, id: string, requests: Resends): Promise<void> =>
    deps.send(companion, {
      type: proto.Message.ProtocolMessage.Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
      peerDataOperationRequestResponseMessage: {
        peerDataOperationRequestType: PeerDataOperationRequestType.PLACEHOLDER_MESSAGE_RESEND,
        stanzaId: id,
        peerDataOperationResult: resend(requests),
      },
    });

  return {
    startInitialSync,
    answerAgain: history.again,
    onPeerMessage: (companion, id, message) => {
      const request = message.protocolMessage?.peerDataOperationRequestMessage;
      switch (request?.peerDataOperationRequestType) {
        case PeerDataOperationRequestType.HISTORY_SYNC_ON_DEMAND: {
          const wanted = readHistoryRequest(request.historySyncOnDemandRequest);
          if (!wanted) return NOTHING_TO_DO;
          const { refusal, answer } = history.take(companion, id, wanted);
          return {
            refusal,
            // Answers may take long: the companion's other stanzas must not wait for them.
            answer: async () => {
              answer().catch((error: unknown) => deps.log('history answer failed', { error }));
            },
          };
        }
        case PeerDataOperationRequestType.PLACEHOLDER_MESSAGE_RESEND: {
          const wanted = request.placeholderMessageResendRequest ?? [];
          return { refusal: null, answer: () => answerResend(companion, id, wanted) };
        }
        default:
          return NOTHING_TO_DO;
      }
    },
    close: () => {
      closed = true;
      history.close();
    },
  };
};
