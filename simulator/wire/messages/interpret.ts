import { getContentType, normalizeMessageContent, proto } from '@whiskeysockets/baileys';
import type { Account } from '../../account/account.ts';
import { mediaAtPath } from '../../account/media-path.ts';
import type { PersonKey, SimChat, SimContent, SimMedia, SimMessage } from '../../account/model.ts';
import { ME } from '../../account/model.ts';
import { userJid } from '../identity.ts';
import { messageSecret } from './content.ts';
import { personJid } from './jids.ts';
import { openVote as openSealedVote } from './poll-votes.ts';

/** What a companion's message does to the account. */
export type Intent =
  | {
      readonly kind: 'message';
      readonly content: SimContent;
      readonly quoteId: string | null;
      readonly mentions: readonly PersonKey[];
      readonly forwarded: boolean;
    }
  | { readonly kind: 'edit'; readonly id: string; readonly text: string }
  | { readonly kind: 'revoke'; readonly id: string }
  | { readonly kind: 'reaction'; readonly id: string; readonly emoji: string }
  | { readonly kind: 'vote'; readonly id: string; readonly vote: proto.Message.IPollEncValue }
  /** Key distribution and other things that leave no trace in a chat. */
  | { readonly kind: 'nothing' };

const { Type } = proto.Message.ProtocolMessage;

export const textOf = (message: proto.IMessage): string | null =>
  message.conversation ??
  message.extendedTextMessage?.text ??
  message.imageMessage?.caption ??
  message.videoMessage?.caption ??
  message.documentMessage?.caption ??
  null;

/** What a reader would see of it. */
export const wordsOf = (message: proto.IMessage, intent: Intent): string | null => {
  if (intent.kind === 'edit') return intent.text;
  return intent.kind === 'reaction' ? intent.emoji : textOf(normalizeMessageContent(message) ?? message);
};

const contextOf = (message: proto.IMessage): proto.IContextInfo | null => {
  const type = getContentType(message);
  const body = type === undefined ? null : message[type];
  if (typeof body !== 'object' || body === null || !('contextInfo' in body)) return null;
  return (body as { readonly contextInfo?: proto.IContextInfo | null }).contextInfo ?? null;
};

/** The part of a media message that says where its file lies. */
export const fileOf = (
  message: proto.IMessage,
): { readonly directPath?: string | null | undefined } | null => {
  const content = normalizeMessageContent(message);
  return (
    content?.imageMessage ??
    content?.videoMessage ??
    content?.audioMessage ??
    content?.documentMessage ??
    content?.stickerMessage ??
    null
  );
};

/** The file of an earlier message that this one passes on; null for one that was uploaded anew. */
const mediaOf = (account: Account, message: proto.IMessage): SimMedia | null => {
  const path = fileOf(message)?.directPath;
  return path ? mediaAtPath(account, path) : null;
};

const protocolIntent = (message: proto.Message.IProtocolMessage): Intent => {
  const id = message.key?.id ?? '';
  if (message.type === Type.REVOKE) return { kind: 'revoke', id };
  if (message.type === Type.MESSAGE_EDIT && message.editedMessage) {
    return { kind: 'edit', id, text: textOf(message.editedMessage) ?? '' };
  }
  return { kind: 'nothing' };
};

const pollOf = (message: proto.IMessage): SimContent | null => {
  const poll = message.pollCreationMessage ?? message.pollCreationMessageV2 ?? message.pollCreationMessageV3;
  const secret = message.messageContextInfo?.messageSecret;
  if (!poll || !secret) return null;
  const options = (poll.options ?? []).map(({ optionName }) => optionName ?? '');
  const selectable = poll.selectableOptionsCount || options.length;
  return { type: 'poll', question: poll.name ?? '', options, selectable, secret };
};

const contentOf = (account: Account, message: proto.IMessage, text: string | null): SimContent => {
  const type = getContentType(message);
  if (text !== null && (type === 'conversation' || type === 'extendedTextMessage'))
    return { type: 'text', text };
  const known = mediaOf(account, message);
  if (known !== null) return { type: 'media', media: { ...known, caption: text } };
  return pollOf(message) ?? { type: 'raw', message: proto.Message.encode(message).finish(), text };
};

export const interpret = (account: Account, sent: proto.IMessage): Intent => {
  const message = normalizeMessageContent(sent);
  const type = message ? getContentType(message) : undefined;
  if (!message || type === undefined) return { kind: 'nothing' };
  if (message.protocolMessage) return protocolIntent(message.protocolMessage);
  if (message.reactionMessage) {
    const { key, text } = message.reactionMessage;
    return { kind: 'reaction', id: key?.id ?? '', emoji: text ?? '' };
  }
  if (message.pollUpdateMessage) {
    const { pollCreationMessageKey, vote } = message.pollUpdateMessage;
    return { kind: 'vote', id: pollCreationMessageKey?.id ?? '', vote: vote ?? {} };
  }
  const text = textOf(message);
  const context = contextOf(message);
  return {
    kind: 'message',
    content: contentOf(account, message, text),
    quoteId: context?.stanzaId ?? null,
    mentions: (context?.mentionedJid ?? []).flatMap((jid) => account.personByJid(userJid(jid))?.key ?? []),
    forwarded: context?.isForwarded ?? false,
  };
};

/** What the owner chose; null when the vote does not fit the poll. */
const openVote = (
  vote: proto.Message.IPollEncValue,
  poll: SimMessage,
  account: Account,
): readonly string[] | null => {
  if (poll.content.type !== 'poll') return null;
  for (const mode of ['lid', 'pn'] as const) {
    const context = {
      pollId: poll.id,
      pollSecret: messageSecret(poll),
      creatorJid: personJid(account, poll.sender, mode),
      voterJid: personJid(account, ME, mode),
    };
    const options = openSealedVote(vote, poll.content.options, context);
    if (options !== null) return options;
  }
  return null;
};

/** Makes it so, as the phone does when its copy arrives. */
export const applyIntent = (
  account: Account,
  chat: SimChat,
  intent: Intent,
  stanza: { readonly id: string; readonly device: string },
): void => {
  const origin = { from: 'device', device: stanza.device } as const;
  const target = { chat: chat.key, stanzaId: stanza.id, origin };
  switch (intent.kind) {
    case 'message': {
      const { content, quoteId, mentions, forwarded } = intent;
      const quote = quoteId === null ? {} : { quoteId };
      account.recordDeviceSend({ chat: chat.key, content, mentions, forwarded, ...quote, ...stanza });
      break;
    }
    case 'edit':
      account.edit({ ...target, id: intent.id, text: intent.text });
      break;
    case 'revoke':
      account.revoke({ ...target, id: intent.id, by: ME });
      break;
    case 'reaction':
      account.react({ ...target, id: intent.id, by: ME, emoji: intent.emoji });
      break;
    case 'vote': {
      const poll = account.messageById(chat.key, intent.id);
      const options = poll ? openVote(intent.vote, poll, account) : null;
      if (options !== null) account.vote({ ...target, id: intent.id, by: ME, options });
      break;
    }
    case 'nothing':
      break;
  }
};
