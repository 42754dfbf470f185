import { proto } from '@whiskeysockets/baileys';
import type { SimContent, SimMedia } from '../../account/model.ts';
import type { StoredMedia } from '../../wire/contract.ts';
import { type ContentDeps, plainContent } from '../../wire/messages/content.ts';
import type { PageAttributes } from '../contract.ts';

const base64 = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('base64');

type MediaFields = {
  readonly url?: string | null;
  readonly directPath?: string | null;
  readonly mediaKey?: Uint8Array | null;
  readonly fileSha256?: Uint8Array | null;
  readonly fileEncSha256?: Uint8Array | null;
  readonly fileLength?: unknown;
  readonly mimetype?: string | null;
};

const mediaAttributes = (fields: MediaFields): PageAttributes => ({
  clientUrl: fields.url,
  deprecatedMms3Url: fields.url,
  directPath: fields.directPath,
  mediaKey: base64(fields.mediaKey),
  filehash: base64(fields.fileSha256),
  encFilehash: base64(fields.fileEncSha256),
  size: Number(fields.fileLength ?? 0),
  mimetype: fields.mimetype,
});

/** What the page shows before the file is there; for pictures it is the `body`, a small JPEG. */
const THUMBNAIL = { body: '/9j/4AAQSkZJRgABAQAAAQABAAD/2Q==' };

const PAGE_TYPE = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  voice: 'ptt',
  document: 'document',
  sticker: 'sticker',
} as const;

const generatedMedia = (media: SimMedia, stored: StoredMedia): PageAttributes => ({
  type: PAGE_TYPE[media.kind],
  ...(media.kind === 'image' || media.kind === 'video' ? THUMBNAIL : {}),
  ...mediaAttributes({ ...stored, mimetype: media.mimeType }),
  ...(media.caption === null ? {} : { caption: media.caption }),
  ...(media.fileName === null ? {} : { filename: media.fileName }),
  ...(media.seconds === null ? {} : { duration: String(media.seconds) }),
  ...(media.width === null ? {} : { width: media.width, height: media.height }),
});

const withCaption = (caption: string | null | undefined): PageAttributes => (caption ? { caption } : {});

/** What the page shows of a message as it went over the wire. */
export const protoAttributes = (message: proto.IMessage): PageAttributes => {
  const text = message.conversation ?? message.extendedTextMessage?.text;
  if (typeof text === 'string') return { type: 'chat', body: text };
  const { imageMessage, videoMessage, audioMessage, documentMessage, stickerMessage } = message;
  if (imageMessage) {
    const { caption, width, height } = imageMessage;
    return {
      type: 'image',
      ...THUMBNAIL,
      ...mediaAttributes(imageMessage),
      ...withCaption(caption),
      width,
      height,
    };
  }
  if (videoMessage) {
    const { caption, width, height, seconds, gifPlayback } = videoMessage;
    const media = { ...mediaAttributes(videoMessage), ...withCaption(caption), width, height };
    return {
      type: 'video',
      ...THUMBNAIL,
      ...media,
      duration: String(seconds ?? 0),
      isGif: gifPlayback ?? false,
    };
  }
  if (audioMessage) {
    const type = audioMessage.ptt ? 'ptt' : 'audio';
    return { type, ...mediaAttributes(audioMessage), duration: String(audioMessage.seconds ?? 0) };
  }
  const document = documentMessage ?? message.documentWithCaptionMessage?.message?.documentMessage;
  if (document) {
    const { fileName, caption } = document;
    return { type: 'document', ...mediaAttributes(document), filename: fileName, ...withCaption(caption) };
  }
  if (stickerMessage) {
    const { width, height } = stickerMessage;
    return { type: 'sticker', ...mediaAttributes(stickerMessage), width, height };
  }
  const { locationMessage, contactMessage } = message;
  if (locationMessage) {
    const { degreesLatitude: lat, degreesLongitude: lng, name, address } = locationMessage;
    const loc = [name, address].filter(Boolean).join('\n');
    return { type: 'location', lat, lng, ...(loc === '' ? {} : { loc }) };
  }
  if (contactMessage) {
    return { type: 'vcard', body: contactMessage.vcard, vcardFormattedName: contactMessage.displayName };
  }
  const poll = message.pollCreationMessageV3 ?? message.pollCreationMessageV2 ?? message.pollCreationMessage;
  if (poll) {
    return {
      type: 'poll_creation',
      kind: 'pollCreation',
      pollName: poll.name,
      pollOptions: (poll.options ?? []).map(({ optionName }, localId) => ({ name: optionName, localId })),
      pollSelectableOptionsCount: poll.selectableOptionsCount === 1 ? 1 : 0,
    };
  }
  return { type: 'unknown' };
};

/** What a message says, as attributes of the page's message model. */
export const contentAttributes = (content: SimContent, deps: ContentDeps): PageAttributes => {
  switch (content.type) {
    case 'text':
      return { type: 'chat', body: content.text };
    case 'media':
      return generatedMedia(content.media, deps.describeMedia(content.media));
    case 'notice':
      return { type: 'gp2', subtype: 'create' };
    case 'raw':
      return protoAttributes(proto.Message.decode(content.message));
    default:
      return protoAttributes(plainContent(content, deps));
  }
};
