import { createHash } from 'node:crypto';
import { downloadContentFromMessage, type MediaType } from '@whiskeysockets/baileys';
import type { CommandHandlers, CommandInput } from '#engines/contract/command.ts';
import type { MessageType } from '#engines/contract/message.ts';
import { TandemError } from '#kernel/errors.ts';
import type { CommandDeps } from './deps.ts';
import { reupload } from './media-reupload.ts';
import { keyOf } from './message-key.ts';
import { upstreamCode } from './upstream-error.ts';

/** The key is expanded under a name for each kind. */
const KINDS: Partial<Record<MessageType, MediaType>> = {
  image: 'image',
  video: 'video',
  gif: 'video',
  audio: 'audio',
  voice: 'ptt',
  document: 'document',
  sticker: 'sticker',
};

/** What the media host answers once it has dropped a file. */
const GONE: readonly number[] = [403, 404, 410];

/** Needs no connection, except to recover: files are fetched from the media host with what the message said. */
export function mediaDownloadCommand(deps: CommandDeps): Required<Pick<CommandHandlers, 'media.download'>> {
  const { dispatcher } = deps.upstream;
  return {
    'media.download': async (input, signal) => {
      let bytes: Buffer;
      let recovered = false;
      try {
        bytes = await download(input, dispatcher, signal);
      } catch (thrown) {
        const { message, media } = input;
        const isGone = thrown instanceof TandemError && thrown.code === 'MEDIA_EXPIRED';
        if (!isGone || input.recover !== true || media.mediaKey === undefined) throw thrown;
        const mediaKey = Buffer.from(media.mediaKey, 'base64');
        const directPath = await reupload(deps, keyOf(message.chat, message), mediaKey, signal);
        const { url: _, ...said } = media;
        bytes = await download({ ...input, media: { ...said, directPath } }, dispatcher, signal);
        recovered = true;
      }
      const sha256 = createHash('sha256').update(bytes).digest('base64');
      // A wrong key decrypts to noise, and a host could hand out anything.
      if (input.media.sha256 !== undefined && input.media.sha256 !== sha256) {
        throw failed({ reason: 'hash-mismatch' });
      }
      return {
        base64: bytes.toString('base64'),
        bytes: bytes.byteLength,
        sha256,
        ...(recovered ? { recovered } : {}),
      };
    },
  };
}

async function download(
  { type, media, maxBytes }: CommandInput<'media.download'>,
  dispatcher: CommandDeps['upstream']['dispatcher'],
  signal: AbortSignal,
): Promise<Buffer> {
  const kind = KINDS[type];
  const { mediaKey, directPath, url } = media;
  if (kind === undefined || mediaKey === undefined || (directPath === undefined && url === undefined)) {
    throw new TandemError('NO_MEDIA_CONTENT', { engine: 'baileys' });
  }
  if ((media.bytes ?? 0) > maxBytes) throw failed({ reason: 'too-large', bytes: media.bytes, maxBytes });
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    const stream = await downloadContentFromMessage(
      { mediaKey: Buffer.from(mediaKey, 'base64'), directPath: directPath ?? null, url: url ?? null },
      kind,
      dispatcher === undefined ? {} : { options: { dispatcher } as RequestInit },
    );
    signal.addEventListener('abort', () => stream.destroy(signal.reason as Error), { once: true });
    for await (const chunk of stream) {
      size += (chunk as Buffer).byteLength;
      if (size > maxBytes) throw failed({ reason: 'too-large', maxBytes });
      chunks.push(chunk as Buffer);
    }
  } catch (cause) {
    if (cause instanceof TandemError) throw cause;
    const upstream = upstreamCode(cause);
    if (upstream !== null && GONE.includes(upstream)) {
      throw new TandemError('MEDIA_EXPIRED', { engine: 'baileys', details: { upstream }, cause });
    }
    throw failed({ upstream }, cause);
  }
  return Buffer.concat(chunks);
}

function failed(details: Readonly<Record<string, unknown>>, cause?: unknown): TandemError {
  return new TandemError('MEDIA_DOWNLOAD_FAILED', { engine: 'baileys', details, cause });
}
