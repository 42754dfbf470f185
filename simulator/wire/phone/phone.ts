import { setTimeout as sleep } from 'node:timers/promises';
import { proto } from '@whiskeysockets/baileys';
import type { DeliveryLog } from '../../account/deliveries.ts';
import type { AppStateSyncKey, MediaHost, WireLog } from '../contract.ts';
import type { Companion } from '../devices.ts';
import type { ContentDeps } from '../messages/content.ts';
import { webMessage } from '../messages/web-message.ts';
import { MAX_PAGE_MESSAGES, type PhoneBehaviour } from './behaviour.ts';
import { historyNotification } from './history-blob.ts';
import { type Handed, initialHistory, planFor } from './initial-sync.ts';
import { emptyPage, type HistoryRequest, historyPage, readHistoryRequest } from './on-demand.ts';
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
  readonly log: WireLog;
};

/** The side of the phone that talks to its own companions. */
export type PhoneService = {
  /** Key share and the whole pushed history; goes on where it stopped when the companion comes back. */
  readonly startInitialSync: (companion: Companion) => Promise<void>;
  /** A request of a companion, already decrypted. */
  readonly onPeerMessage: (companion: Companion, id: string, message: proto.IMessage) => Promise<void>;
  readonly close: () => void;
};

export const createPhone = (deps: PhoneDeps): PhoneService => {
  const { behaviour, account } = deps;
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

  const answerHistory = async (companion: Companion, id: string, request: HistoryRequest): Promise<void> => {
    const mode = behaviour.onDemand;
    if (behaviour.onDemandDelayMs > 0) await sleep(behaviour.onDemandDelayMs);
    if (closed || mode === 'silent') return;
    if (mode === 'drop') {
      companion.connection()?.drop();
      return;
    }
    const size = Math.min(behaviour.onDemandPageSize, MAX_PAGE_MESSAGES);
    const identity = mode === 'other-identity' ? 'other-identity' : 'same-identity';
    const page = mode === 'empty' ? emptyPage(request, deps) : historyPage(request, size, deps, identity);
    if (!page) return;
    hand(companion, page.handed);
    const extra = {
      requestId: id,
      ...(page.oldestSeconds === null ? {} : { oldestSeconds: page.oldestSeconds }),
    };
    await deps.send(companion, await historyNotification(page.piece, deps.media, behaviour.delivery, extra));
  };

  const resend = (
    requests: readonly proto.Message.PeerDataOperationRequestMessage.IPlaceholderMessageResendRequest[],
  ): proto.Message.PeerDataOperationRequestResponseMessage.IPeerDataOperationResult[] =>
    requests.flatMap(({ messageKey }) => {
      const chat = account.chatByJid(messageKey?.remoteJid ?? '');
      const message = chat ? account.messageById(chat.key, messageKey?.id ?? '') : undefined;
      if (!chat || !message) return [];
      const webMessageInfoBytes = proto.WebMessageInfo.encode(webMessage(message, chat, deps)).finish();
      return [{ placeholderMessageResendResponse: { webMessageInfoBytes } }];
    });

  return {
    startInitialSync,
    onPeerMessage: async (companion, id, message) => {
      const request = message.protocolMessage?.peerDataOperationRequestMessage;
      if (!request) return;
      if (request.peerDataOperationRequestType === PeerDataOperationRequestType.HISTORY_SYNC_ON_DEMAND) {
        const wanted = readHistoryRequest(request.historySyncOnDemandRequest);
        // Answers may take long: the companion's other stanzas must not wait for them.
        if (wanted) {
          answerHistory(companion, id, wanted).catch((error: unknown) =>
            deps.log('history answer failed', { error }),
          );
        }
        return;
      }
      if (request.peerDataOperationRequestType !== PeerDataOperationRequestType.PLACEHOLDER_MESSAGE_RESEND)
        return;
      await deps.send(companion, {
        type: proto.Message.ProtocolMessage.Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
        peerDataOperationRequestResponseMessage: {
          peerDataOperationRequestType: PeerDataOperationRequestType.PLACEHOLDER_MESSAGE_RESEND,
          stanzaId: id,
          peerDataOperationResult: resend(request.placeholderMessageResendRequest ?? []),
        },
      });
    },
    close: () => {
      closed = true;
    },
  };
};
