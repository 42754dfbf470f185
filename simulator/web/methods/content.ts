import { proto } from '@whiskeysockets/baileys';
import { z } from 'zod';
import type { Account } from '../../account/account.ts';
import { mediaAtPath } from '../../account/media-path.ts';
import type { SimContent } from '../../account/model.ts';

const bytes = z.base64().transform((text) => Buffer.from(text, 'base64'));
const optional = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? null);

/** A file that the page has uploaded, or one that it passes on. */
const mediaSchema = z.object({
  clientUrl: optional(z.string()),
  directPath: z.string().min(1),
  mediaKey: bytes,
  filehash: bytes,
  encFilehash: bytes,
  size: z.number(),
  mimetype: z.string(),
  filename: optional(z.string()),
  caption: optional(z.string()),
  width: optional(z.number()),
  height: optional(z.number()),
  duration: optional(z.coerce.number()),
});
type Media = z.infer<typeof mediaSchema>;

const pollSchema = z.object({
  name: z.string().min(1),
  options: z.array(z.string()).min(1),
  /** 0: any number of them. */
  selectable: z.int().min(0),
  secret: bytes,
});

/** What a page says in a message, by the type of its model. */
export const contentSchema = z.object({
  type: z.string(),
  body: z.string().nullish(),
  media: mediaSchema.nullish(),
  poll: pollSchema.nullish(),
  location: z.object({ lat: z.number(), lng: z.number(), loc: z.string().nullish() }).nullish(),
  vcardName: z.string().nullish(),
});
export type PageContent = z.infer<typeof contentSchema>;

const mediaMessage = (type: string, media: Media): proto.IMessage => {
  const common = {
    url: media.clientUrl,
    directPath: media.directPath,
    mediaKey: media.mediaKey,
    fileSha256: media.filehash,
    fileEncSha256: media.encFilehash,
    fileLength: media.size,
    mimetype: media.mimetype,
  };
  const { caption } = media;
  const size = { width: media.width ?? 0, height: media.height ?? 0 };
  const seconds = media.duration ?? 0;
  switch (type) {
    case 'image':
      return { imageMessage: { ...common, ...size, caption } };
    case 'video':
      return { videoMessage: { ...common, ...size, caption, seconds } };
    case 'audio':
    case 'ptt':
      return { audioMessage: { ...common, seconds, ptt: type === 'ptt' } };
    case 'sticker':
      return { stickerMessage: { ...common, ...size } };
    default:
      return { documentMessage: { ...common, caption, fileName: media.filename ?? 'file' } };
  }
};

export type ReadContent = {
  readonly content: SimContent;
  /** The field of the protobuf message that it would be. */
  readonly kind: string;
  readonly text: string | null;
  readonly mediaPath: string | null;
};

const raw = (message: proto.IMessage, text: string | null, mediaPath: string | null): ReadContent => ({
  content: { type: 'raw', message: proto.Message.encode(message).finish(), text },
  kind: Object.keys(message)[0] ?? 'unknown',
  text,
  mediaPath,
});

export const readContent = (account: Account, page: PageContent): ReadContent => {
  const { type, media, poll, location } = page;
  if (media) {
    const message = mediaMessage(type, media);
    const known = mediaAtPath(account, media.directPath);
    const asRaw = raw(message, media.caption, media.directPath);
    return known === null
      ? asRaw
      : { ...asRaw, content: { type: 'media', media: { ...known, caption: media.caption } } };
  }
  if (poll) {
    const { name, options, selectable, secret } = poll;
    const content = {
      type: 'poll',
      question: name,
      options,
      selectable: selectable || options.length,
      secret,
    } as const;
    return { content, kind: 'pollCreationMessageV3', text: null, mediaPath: null };
  }
  if (location) {
    const { lat: latitude, lng: longitude, loc } = location;
    const content = { type: 'location', latitude, longitude, name: loc ?? null, address: null } as const;
    return { content, kind: 'locationMessage', text: null, mediaPath: null };
  }
  const text = page.body ?? '';
  if (type === 'vcard') {
    return raw({ contactMessage: { displayName: page.vcardName ?? null, vcard: text } }, null, null);
  }
  return { content: { type: 'text', text }, kind: 'conversation', text, mediaPath: null };
};
