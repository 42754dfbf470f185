import { clipName, said, toBase64, toCount } from '#engines/contract/kit/scalars.ts';
import type { Media, MessageType } from '#engines/contract/message.ts';
import type { PageMessage } from './shapes.ts';

const KEY_BYTES = 64;

/** Types of the page that carry a file. */
const FILES: ReadonlyMap<string, MessageType> = new Map([
  ['image', 'image'],
  ['video', 'video'],
  ['ptv', 'video'],
  ['audio', 'audio'],
  ['ptt', 'voice'],
  ['document', 'document'],
  ['sticker', 'sticker'],
]);

/** Null when the message carries no file. */
export function fileType(message: PageMessage): MessageType | null {
  const type = FILES.get(message.type ?? '') ?? null;
  return type === 'video' && message.isGif === true ? 'gif' : type;
}

export function mediaOf(message: PageMessage): Media {
  return said({
    mime: clipName(message.mimetype, 200),
    bytes: toCount(message.size),
    filename: clipName(message.filename, 1_000),
    seconds: toCount(message.duration),
    width: toCount(message.width),
    height: toCount(message.height),
    mediaKey: toBase64(message.mediaKey, KEY_BYTES),
    directPath: clipName(message.directPath, 2_000),
    url: clipName(message.deprecatedMms3Url, 2_000) ?? clipName(message.clientUrl, 2_000),
    sha256: toBase64(message.filehash, KEY_BYTES),
    encryptedSha256: toBase64(message.encFilehash, KEY_BYTES),
  });
}
