import type { MessageType } from '#engines/contract/message.ts';
import type { MessageRecord } from '#history/contracts/records.ts';
import { BYTES_PER_MEGABYTE } from '#kernel/limits.ts';
import type { ServiceContext } from '../context.ts';
import { findMessage, type MessageReference } from '../messages/reference.ts';
import { cleanName, cutText } from '../present/clean-text.ts';
import { optionalName } from '../present/message.ts';
import { type Block, compact, type Reply } from '../reply.ts';
import { BLOCK_MAX_BYTES, blockKindOf } from './blocks.ts';
import type { LibraryFile } from './library.ts';
import { plainMime } from './magic.ts';

export interface DownloadRequest extends MessageReference {
  readonly save_to_disk: boolean;
  /** Puts pictures and recordings into the answer. */
  readonly include_full_data: boolean;
  readonly max_mb?: number | undefined;
}

export interface DownloadedMedia {
  readonly message_id: string;
  readonly chat_jid: string;
  readonly chat_name?: string;
  readonly type: MessageType;
  /** By the bytes. */
  readonly mime: string;
  /** What the sender called it, where that differs. */
  readonly declared_mime?: string;
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
  /** For people; the file on disk is named by its hash. */
  readonly filename: string;
  readonly path?: string;
  readonly cached: boolean;
  readonly block?: 'image 1' | 'audio 1';
  readonly notice?: 'NOT_SHOWABLE' | 'TOO_LARGE_TO_SHOW';
}

const FILENAME_MAX_CHARS = 200;

/**
 * Fetches the file of a message once and keeps it; a second call asks no engine. Errors: those of findMessage and of the
 * library.
 */
export function createDownload(context: ServiceContext) {
  const { config, media: library } = context;

  return async (request: DownloadRequest, signal?: AbortSignal): Promise<Reply<DownloadedMedia>> => {
    const message = await findMessage(context, request);
    const megabytes = Math.min(request.max_mb ?? config.mediaMaxMb, config.mediaMaxMb);
    const file = await library.get(
      message,
      { maxBytes: megabytes * BYTES_PER_MEGABYTE, save: request.save_to_disk },
      signal,
    );
    const shown = request.include_full_data ? show(file) : {};
    const declared = plainMime(message.media?.mime);
    return {
      data: compact({
        message_id: message.id,
        chat_jid: message.chatJid,
        chat_name: optionalName(message.chatName),
        type: message.type,
        mime: file.mime,
        declared_mime:
          message.media?.mime === undefined || declared === file.mime ? undefined : cleanName(declared),
        size: file.content.byteLength,
        sha256: file.sha256,
        filename: filenameOf(message, file),
        path: file.path ?? undefined,
        cached: file.cached,
        block: shown.block,
        notice: shown.notice,
      }),
      meta: file.meta,
      summary: `${file.content.byteLength} bytes of ${file.mime}.`,
      ...(shown.images === undefined ? {} : { images: shown.images }),
      ...(shown.audio === undefined ? {} : { audio: shown.audio }),
    };
  };
}

interface Shown extends Pick<DownloadedMedia, 'block' | 'notice'> {
  readonly images?: readonly Block[];
  readonly audio?: readonly Block[];
}

function show({ content, mime }: LibraryFile): Shown {
  const kind = blockKindOf(mime);
  if (kind === null) return { notice: 'NOT_SHOWABLE' };
  if (content.byteLength > BLOCK_MAX_BYTES) return { notice: 'TOO_LARGE_TO_SHOW' };
  const blocks = [{ mimeType: mime, base64: content.toString('base64') }];
  return kind === 'image' ? { block: 'image 1', images: blocks } : { block: 'audio 1', audio: blocks };
}

/** A name without folders, hidden characters, or what file systems refuse; one of our own where the sender gave none. */
function filenameOf(message: MessageRecord, { extension }: LibraryFile): string {
  const given =
    cleanName(message.media?.filename ?? '')
      .split(/[/\\]/)
      .at(-1) ?? '';
  const safe = given
    .replace(/[<>:"|?*]/g, '_')
    .replace(/^\.+/, '')
    .trim();
  if (safe === '') return `${message.type}-${message.id.replace(/[^0-9A-Za-z]/g, '')}.${extension}`;
  return cutText(safe, FILENAME_MAX_CHARS).text;
}
