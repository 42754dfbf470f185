import { proto } from '@whiskeysockets/baileys';
import type { Account } from '../../account/account.ts';
import type { PersonKey, SimChat, SimMessage, SimReaction, SimVote } from '../../account/model.ts';
import { ME } from '../../account/model.ts';
import { messageSecret } from './content.ts';
import { addressingOf, messageKey, personJid } from './jids.ts';
import { sealVote } from './poll-votes.ts';

const { Type } = proto.Message.ProtocolMessage;

/** Value of the `edit` attribute of the stanza that carries a change. */
export const EditAttribute = { edit: '1', revoke: '7', adminRevoke: '8' } as const;

/** The key of a message as the author of the change sees it: their own message is `fromMe`, the chat is us. */
const keySeenBy = (
  account: Account,
  chat: SimChat,
  message: SimMessage,
  author: PersonKey,
): proto.IMessageKey => {
  if (author === ME) return messageKey(account, chat, message);
  const mode = addressingOf(chat);
  const remoteJid = chat.group ? chat.jid : personJid(account, ME, mode);
  return {
    remoteJid,
    fromMe: message.sender === author,
    id: message.id,
    ...(chat.group ? { participant: personJid(account, message.sender, mode) } : {}),
  };
};

export const editContent = (
  account: Account,
  chat: SimChat,
  message: SimMessage,
  text: string,
  timeSeconds: number,
): proto.IMessage => ({
  editedMessage: {
    message: {
      protocolMessage: {
        key: keySeenBy(account, chat, message, message.sender),
        type: Type.MESSAGE_EDIT,
        editedMessage: { conversation: text },
        timestampMs: timeSeconds * 1_000,
      },
    },
  },
});

export const revokeContent = (
  account: Account,
  chat: SimChat,
  message: SimMessage,
  by: PersonKey,
): proto.IMessage => ({
  protocolMessage: { key: keySeenBy(account, chat, message, by), type: Type.REVOKE },
});

export const voteContent = (
  account: Account,
  chat: SimChat,
  message: SimMessage,
  vote: SimVote,
): proto.IMessage => {
  const mode = addressingOf(chat);
  const context = {
    pollId: message.id,
    pollSecret: messageSecret(message),
    creatorJid: personJid(account, message.sender, mode),
    voterJid: personJid(account, vote.person, mode),
  };
  return {
    pollUpdateMessage: {
      pollCreationMessageKey: keySeenBy(account, chat, message, vote.person),
      vote: sealVote(vote.options, context),
      senderTimestampMs: vote.time * 1_000,
    },
  };
};

export const reactionContent = (
  account: Account,
  chat: SimChat,
  message: SimMessage,
  reaction: SimReaction,
): proto.IMessage => ({
  reactionMessage: {
    key: keySeenBy(account, chat, message, reaction.person),
    text: reaction.emoji,
    senderTimestampMs: reaction.time * 1_000,
  },
});
