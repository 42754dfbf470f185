import { createHash } from 'node:crypto';
import type { CommandHandlers } from '#engines/contract/command.ts';
import type { MessageType } from '#engines/contract/message.ts';
import { TandemError } from '#kernel/errors.ts';
import { act, addressOf } from './acts.ts';
import type { CommandDeps } from './deps.ts';

/** The page expands keys under its own name for each kind of file. */
const KINDS: Partial<Record<MessageType, string>> = {
  image: 'image',
  video: 'video',
  gif: 'video',
  audio: 'audio',
  voice: 'ptt',
  document: 'document',
  sticker: 'sticker',
};

const FETCH_WAIT_MS = 55_000;

/** The page fetches and decrypts: by the message that it has, which may be fresher, or by what the caller knows of it. */
export function mediaDownloadCommand({
  page,
}: CommandDeps): Required<Pick<CommandHandlers, 'media.download'>> {
  return {
    'media.download': async ({ message, type, media, maxBytes }, signal) => {
      const kind = KINDS[type];
      const { mediaKey, directPath, sha256: expected } = media;
      if (kind === undefined) throw new TandemError('NO_MEDIA_CONTENT', { engine: 'webjs' });
      if ((media.bytes ?? 0) > maxBytes) throw failed({ reason: 'too-large', bytes: media.bytes, maxBytes });
      const input = {
        message: addressOf(message),
        type: kind,
        mediaKey: mediaKey ?? null,
        directPath: directPath ?? null,
        filehash: expected ?? null,
        encFilehash: media.encryptedSha256 ?? null,
        maxBytes,
      };
      const errors = { gone: 'MEDIA_EXPIRED', 'no-media': 'NO_MEDIA_CONTENT' } as const;
      const answer = await act(page, 'download', input, { signal, errors, deadlineMs: FETCH_WAIT_MS });
      if (answer.outcome === 'too-large') throw failed({ reason: 'too-large', maxBytes });
      if (typeof answer.base64 !== 'string') throw failed({ upstream: answer.status ?? null });
      const bytes = Buffer.from(answer.base64, 'base64');
      const sha256 = createHash('sha256').update(bytes).digest('base64');
      if (expected !== undefined && expected !== sha256) throw failed({ reason: 'hash-mismatch' });
      return { base64: answer.base64, bytes: bytes.byteLength, sha256 };
    },
  };
}

function failed(details: Readonly<Record<string, unknown>>): TandemError {
  return new TandemError('MEDIA_DOWNLOAD_FAILED', { engine: 'webjs', details });
}
