import { createHash } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import type { Account } from './account.ts';
import { jidInChat } from './addressing.ts';
import { mediaKeyOf } from './media-bytes.ts';
import { directPathOf, encryptMedia } from './media-path.ts';
import type { SimChat, SimContent, SimMedia, SimMessage } from './model.ts';

/** What a conversion needs besides the message. */
export interface ProtoContext {
  readonly account: Account;
  /** `https://host[:port]` that media URLs begin with. */
  readonly mediaUrl: string;
}

const SECOND_MS = 1_000;
const FORWARD_SCORE = 1;

const mediaProto = (
  media: SimMedia,
  mediaUrl: string,
  contextInfo: proto.IContextInfo | null,
): proto.IMessage => {
  const blob = encryptMedia(media);
  const directPath = directPathOf(media);
  const common = {
    url: mediaUrl + directPath,
    directPath,
    mediaKey: mediaKeyOf(media),
    mediaKeyTimestamp: 1_600_000_000,
    mimetype: media.mimeType,
    fileSha256: blob.fileSha256,
    fileEncSha256: blob.fileEncSha256,
    fileLength: blob.fileLength,
    contextInfo,
  };
  const size = { width: media.width, height: media.height };
  switch (media.kind) {
    case 'image':
      return { imageMessage: { ...common, ...size, caption: media.caption } };
    case 'video':
      return { videoMessage: { ...common, ...size, caption: media.caption, seconds: media.seconds } };
    case 'sticker':
      return { stickerMessage: { ...common, ...size, isAnimated: false } };
    case 'audio':
    case 'voice':
      return { audioMessage: { ...common, seconds: media.seconds, ptt: media.kind === 'voice' } };
    case 'document':
      return { documentMessage: { ...common, fileName: media.fileName, title: media.fileName } };
  }
};

const vcard = (name: string, phone: string): string =>
  `BEGIN:VCARD\nVERSION:3.0\nN:;${name};;;\nFN:${name}\nTEL;type=CELL;waid=${phone.slice(1)}:${phone}\nEND:VCARD`;

/** Content with its context (quote, mentions) as one protobuf Message. */
const contentProto = (
  content: SimContent,
  mediaUrl: string,
  contextInfo: proto.IContextInfo | null,
  salt: string,
): proto.IMessage => {
  switch (content.type) {
    case 'text':
      return contextInfo === null
        ? { conversation: content.text }
        : { extendedTextMessage: { text: content.text, contextInfo } };
    case 'media':
      return mediaProto(content.media, mediaUrl, contextInfo);
    case 'raw':
      return proto.Message.decode(content.message);
    case 'location':
      return {
        locationMessage: {
          degreesLatitude: content.latitude,
          degreesLongitude: content.longitude,
          name: content.name,
          address: content.address,
          contextInfo,
        },
      };
    case 'contact':
      return {
        contactMessage: { displayName: content.name, vcard: vcard(content.name, content.phone), contextInfo },
      };
    case 'poll':
      return {
        // Votes are encrypted with this secret, so a poll without it cannot be answered.
        messageContextInfo: { messageSecret: createHash('sha256').update(`${salt}/poll`).digest() },
        pollCreationMessageV3: {
          name: content.question,
          options: content.options.map((optionName) => ({ optionName })),
          selectableOptionsCount: content.selectable,
          contextInfo,
        },
      };
    case 'notice':
      return {};
  }
};

const contextOf = (
  { account, mediaUrl }: ProtoContext,
  chat: SimChat,
  message: SimMessage,
): proto.IContextInfo | null => {
  const { quote, mentions, forwarded } = message;
  if (quote === null && mentions.length === 0 && !forwarded) return null;
  return {
    ...(quote === null
      ? {}
      : {
          stanzaId: quote.id,
          participant: jidInChat(account, chat, quote.sender),
          quotedMessage: contentProto(quote.content, mediaUrl, null, quote.id),
        }),
    mentionedJid: mentions.map((person) => jidInChat(account, chat, person)),
    ...(forwarded ? { isForwarded: true, forwardingScore: FORWARD_SCORE } : {}),
  };
};

/** The message as it was first sent: what a device gets live. */
export const toMessage = (context: ProtoContext, message: SimMessage): proto.IMessage => {
  const chat = context.account.chat(message.chat);
  return contentProto(message.content, context.mediaUrl, contextOf(context, chat, message), message.id);
};

/** The key by which the owner's devices know a message. */
export const toKey = ({ account }: ProtoContext, message: SimMessage): proto.IMessageKey => {
  const chat = account.chat(message.chat);
  const key = { remoteJid: chat.jid, fromMe: message.fromMe, id: message.id };
  return chat.group === null || message.fromMe
    ? key
    : { ...key, participant: jidInChat(account, chat, message.sender) };
};

/** The same key as the author of a change writes it: `fromMe` is relative to that person. */
export const keyFor = (context: ProtoContext, message: SimMessage, author: string): proto.IMessageKey => {
  const chat = context.account.chat(message.chat);
  const key = { remoteJid: chat.jid, fromMe: message.sender === author, id: message.id };
  return chat.group === null
    ? key
    : { ...key, participant: jidInChat(context.account, chat, message.sender) };
};

export const toEdit = (
  context: ProtoContext,
  message: SimMessage,
  text: string,
  time: number,
): proto.IMessage => ({
  protocolMessage: {
    key: keyFor(context, message, message.sender),
    type: proto.Message.ProtocolMessage.Type.MESSAGE_EDIT,
    editedMessage: editedContent(message, text),
    timestampMs: time * SECOND_MS,
  },
});

export const toRevoke = (context: ProtoContext, message: SimMessage, by: string): proto.IMessage => ({
  protocolMessage: {
    key: keyFor(context, message, by),
    type: proto.Message.ProtocolMessage.Type.REVOKE,
  },
});

export const toReaction = (
  context: ProtoContext,
  message: SimMessage,
  reaction: SimMessage['reactions'][number],
): proto.IMessage => ({
  reactionMessage: {
    key: keyFor(context, message, reaction.person),
    text: reaction.emoji,
    senderTimestampMs: reaction.time * SECOND_MS,
  },
});

/** An edit replaces the text; of media it replaces the caption and repeats nothing else. */
const editedContent = (message: SimMessage, text: string): proto.IMessage => {
  if (message.content.type !== 'media') return { conversation: text };
  return message.content.media.kind === 'video'
    ? { videoMessage: { caption: text } }
    : { imageMessage: { caption: text } };
};
