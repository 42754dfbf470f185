import { createHash } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import type { Account } from '../../account/account.ts';
import type { SimChat, SimContent, SimMedia, SimMessage } from '../../account/model.ts';
import type { StoredMedia } from '../contract.ts';
import { addressingOf, personJid } from './jids.ts';

/** Where a client fetches a generated file; equal files get equal answers. */
export type DescribeMedia = (media: SimMedia) => StoredMedia;

export type ContentDeps = {
  readonly account: Account;
  readonly describeMedia: DescribeMedia;
};

const mediaContent = (media: SimMedia, stored: StoredMedia): proto.IMessage => {
  const common = {
    url: stored.url,
    directPath: stored.directPath,
    mediaKey: stored.mediaKey,
    fileSha256: stored.fileSha256,
    fileEncSha256: stored.fileEncSha256,
    fileLength: stored.fileLength,
    mimetype: media.mimeType,
  };
  const caption = media.caption === null ? {} : { caption: media.caption };
  const size = { width: media.width ?? 0, height: media.height ?? 0 };
  const seconds = media.seconds ?? 0;
  switch (media.kind) {
    case 'image':
      return { imageMessage: { ...common, ...caption, ...size } };
    case 'video':
      return { videoMessage: { ...common, ...caption, ...size, seconds } };
    case 'audio':
      return { audioMessage: { ...common, seconds, ptt: false } };
    case 'voice':
      return { audioMessage: { ...common, seconds, ptt: true } };
    case 'document':
      return { documentMessage: { ...common, ...caption, fileName: media.fileName ?? 'file' } };
    case 'sticker':
      return { stickerMessage: { ...common, ...size } };
  }
};

const vcard = (name: string, phone: string): string =>
  `BEGIN:VCARD\nVERSION:3.0\nFN:${name}\nTEL;type=CELL;waid=${phone.replaceAll(/\D/g, '')}:${phone}\nEND:VCARD`;

/** Without context: what a quote repeats of the quoted message. */
export const plainContent = (content: SimContent, deps: ContentDeps): proto.IMessage => {
  switch (content.type) {
    case 'text':
      return { conversation: content.text };
    case 'media':
      return mediaContent(content.media, deps.describeMedia(content.media));
    case 'raw':
      return proto.Message.decode(content.message);
    case 'location': {
      const { latitude, longitude, name, address } = content;
      return {
        locationMessage: { degreesLatitude: latitude, degreesLongitude: longitude, name, address },
      };
    }
    case 'contact':
      return {
        contactMessage: { displayName: content.name, vcard: vcard(content.name, content.phone) },
      };
    case 'poll':
      return {
        pollCreationMessageV3: {
          name: content.question,
          options: content.options.map((optionName) => ({ optionName })),
          selectableOptionsCount: content.selectable,
        },
      };
    case 'notice':
      return {};
  }
};

const contextOf = (message: SimMessage, chat: SimChat, deps: ContentDeps): proto.IContextInfo | null => {
  const { quote, mentions, forwarded } = message;
  if (!quote && mentions.length === 0 && !forwarded) return null;
  const mode = addressingOf(chat);
  return {
    ...(quote
      ? {
          stanzaId: quote.id,
          participant: personJid(deps.account, quote.sender, mode),
          quotedMessage: plainContent(quote.content, deps),
        }
      : {}),
    ...(mentions.length > 0
      ? { mentionedJid: mentions.map((person) => personJid(deps.account, person, mode)) }
      : {}),
    ...(forwarded ? { isForwarded: true, forwardingScore: 1 } : {}),
  };
};

/** Poll votes are encrypted with it; every device must hold the same. */
export const messageSecret = (message: SimMessage): Uint8Array =>
  message.content.type === 'poll' && message.content.secret !== undefined
    ? message.content.secret
    : createHash('sha256').update(`${message.chat}/${message.id}/secret`).digest();

const withContext = (content: proto.IMessage, contextInfo: proto.IContextInfo): proto.IMessage => {
  if (typeof content.conversation === 'string') {
    return { extendedTextMessage: { text: content.conversation, contextInfo } };
  }
  const [kind] = Object.keys(content) as (keyof proto.IMessage)[];
  const body = kind === undefined ? null : content[kind];
  if (kind === undefined || typeof body !== 'object' || body === null) return content;
  return { ...content, [kind]: { ...body, contextInfo } };
};

/** What the sender's device encrypts: content, quote, mentions, forward mark. Edits and revokes are not in it. */
export const messageContent = (message: SimMessage, chat: SimChat, deps: ContentDeps): proto.IMessage => {
  const plain = plainContent(message.content, deps);
  if (message.content.type === 'raw') return plain;
  const context = contextOf(message, chat, deps);
  const content = context ? withContext(plain, context) : plain;
  if (message.content.type !== 'poll') return content;
  return { ...content, messageContextInfo: { messageSecret: messageSecret(message) } };
};
