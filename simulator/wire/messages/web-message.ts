import { proto } from '@whiskeysockets/baileys';
import type { DeliveryStatus, SimChat, SimMessage } from '../../account/model.ts';
import { ME } from '../../account/model.ts';
import { type ContentDeps, messageContent } from './content.ts';
import { addressingOf, messageKey, personJid } from './jids.ts';
import { optionHash } from './poll-votes.ts';

const { Status, StubType } = proto.WebMessageInfo;

const STATUS: Readonly<Record<DeliveryStatus, proto.WebMessageInfo.Status>> = {
  pending: Status.PENDING,
  server: Status.SERVER_ACK,
  delivered: Status.DELIVERY_ACK,
  read: Status.READ,
  played: Status.PLAYED,
};

/** History shows only the last version of an edited message, marked as edited. */
const lastVersion = (message: SimMessage, chat: SimChat, deps: ContentDeps): proto.IMessage => {
  const last = message.revisions.at(-1);
  if (!last) return messageContent(message, chat, deps);
  const edited = { ...message, content: { type: 'text', text: last.text } as const };
  return { editedMessage: { message: messageContent(edited, chat, deps) } };
};

/** A message as the phone hands it out in history: final state, reactions and receipts included. */
export const webMessage = (message: SimMessage, chat: SimChat, deps: ContentDeps): proto.IWebMessageInfo => {
  const { account } = deps;
  const mode = addressingOf(chat);
  const key = messageKey(account, chat, message);
  const info: proto.IWebMessageInfo = { key, messageTimestamp: message.time, status: STATUS[message.status] };
  if (chat.group) info.participant = key.participant ?? null;
  if (message.sender !== ME) info.pushName = account.person(message.sender).pushName ?? null;
  if (message.starred) info.starred = true;
  if (message.content.type === 'notice') {
    info.messageStubType = StubType.GROUP_CREATE;
    info.messageStubParameters = [chat.group?.subject ?? ''];
    return info;
  }
  if (message.revoked) {
    info.messageStubType = StubType.REVOKE;
    return info;
  }
  info.message = lastVersion(message, chat, deps);
  if (message.reactions.length > 0) {
    info.reactions = message.reactions.map((reaction) => ({
      key: {
        remoteJid: chat.jid,
        fromMe: reaction.person === ME,
        id: message.id,
        ...(chat.group ? { participant: personJid(account, reaction.person, mode) } : {}),
      },
      text: reaction.emoji,
      senderTimestampMs: reaction.time * 1_000,
    }));
  }
  if (message.votes.length > 0) {
    info.pollUpdates = message.votes.map((vote) => ({
      pollUpdateMessageKey: {
        remoteJid: chat.jid,
        fromMe: vote.person === ME,
        ...(chat.group ? { participant: personJid(account, vote.person, mode) } : {}),
      },
      vote: { selectedOptions: vote.options.map(optionHash) },
      senderTimestampMs: vote.time * 1_000,
    }));
  }
  if (message.receipts.length > 0) {
    info.userReceipt = message.receipts.map((receipt) => ({
      userJid: personJid(account, receipt.person, mode),
      receiptTimestamp: receipt.deliveredAt,
      readTimestamp: receipt.readAt,
    }));
  }
  return info;
};
