import type { proto } from '@whiskeysockets/baileys';
import { clipName, said, toBase64, toCount } from '#engines/contract/kit/scalars.ts';
import type { Media, MessageType } from '#engines/contract/message.ts';

const KEY_BYTES = 64;

/** The fields that all kinds of files share; kinds lack some of them. */
interface FileMessage {
  readonly mimetype?: string | null;
  readonly fileLength?: unknown;
  readonly fileName?: string | null;
  readonly seconds?: number | null;
  readonly width?: number | null;
  readonly height?: number | null;
  readonly mediaKey?: Uint8Array | null;
  readonly directPath?: string | null;
  readonly url?: string | null;
  readonly fileSha256?: Uint8Array | null;
  readonly fileEncSha256?: Uint8Array | null;
  readonly caption?: string | null;
  readonly contextInfo?: proto.IContextInfo | null;
}

export interface FoundFile {
  readonly type: MessageType;
  readonly file: FileMessage;
}

/** The file of a message, if it carries one. */
export function findFile(content: proto.IMessage): FoundFile | null {
  if (content.imageMessage) return { type: 'image', file: content.imageMessage };
  if (content.videoMessage)
    return { type: content.videoMessage.gifPlayback ? 'gif' : 'video', file: content.videoMessage };
  if (content.ptvMessage) return { type: 'video', file: content.ptvMessage };
  if (content.audioMessage)
    return { type: content.audioMessage.ptt ? 'voice' : 'audio', file: content.audioMessage };
  if (content.documentMessage) return { type: 'document', file: content.documentMessage };
  if (content.stickerMessage) return { type: 'sticker', file: content.stickerMessage };
  return null;
}

export function mediaOf(file: FileMessage): Media {
  return said({
    mime: clipName(file.mimetype, 200),
    bytes: toCount(file.fileLength),
    filename: clipName(file.fileName, 1_000),
    seconds: toCount(file.seconds),
    width: toCount(file.width),
    height: toCount(file.height),
    mediaKey: toBase64(file.mediaKey, KEY_BYTES),
    directPath: clipName(file.directPath, 2_000),
    url: clipName(file.url, 2_000),
    sha256: toBase64(file.fileSha256, KEY_BYTES),
    encryptedSha256: toBase64(file.fileEncSha256, KEY_BYTES),
  });
}
