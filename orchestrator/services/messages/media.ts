import type { MessageRecord } from '#history/contracts/records.ts';
import { type ErrorCode, toTandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { compact, type Reply } from '../reply.ts';
import type { PublicMedia, PublicMessage } from '../shapes/message.ts';
import { refOf } from './reference.ts';

export interface MediaRequest {
  /** Says of each file whether it could be fetched. */
  readonly include_media?: boolean | undefined;
  /** How many files are looked at, first messages first. */
  readonly media_limit?: number | undefined;
  /** Fetches them and puts them into the answer. */
  readonly include_full_data?: boolean | undefined;
}

type Blocks = Required<Pick<Reply<unknown>, 'images' | 'audio'>>;

export interface WithMedia<M> extends Blocks {
  readonly messages: M[];
}

export const MEDIA_LIMIT_DEFAULT = 5;
export const MEDIA_LIMIT_MAX = 10;

/** What models take in one picture or recording without scaling it down first. */
const BLOCK_MAX_BYTES = 1_000_000;
const BLOCKS_MAX_BYTES = 3_000_000;
/** Bytes as text cost the reader three characters for two of them, and tell a model nothing: small ones only. */
const TEXT_MAX_BYTES = 12_000;
const TEXTS_MAX_BYTES = 24_000;
const DOWNLOADS_PER_MINUTE = 30;
const MINUTE_MS = 60_000;
/** Leaves time to answer with what arrived until then. */
const ALL_WITHIN_MS = 15_000;

/** Pictures that every client can show. */
const PICTURES: readonly string[] = ['image/jpeg', 'image/png', 'image/webp', 'image/gif'];

type Form = 'image' | 'audio' | 'text';
type Loaded = { readonly media: Partial<PublicMedia>; readonly form: Form; readonly base64: string | null };

/** Adds to the messages of a list what is known of their files and, on request, the files. Never fails: each file has its own status. */
export function createMediaLoader({ history, router, clock }: ServiceContext) {
  const load = async (record: MessageRecord, maxBytes: number, form: Form, signal: AbortSignal) => {
    const { media } = record;
    if (media === null) return missing('NO_MEDIA_CONTENT', form);
    const rate = await history.rates.take('media', DOWNLOADS_PER_MINUTE, MINUTE_MS, clock.now());
    if (!rate.ok) return skipped('RATE_LIMITED', form);
    try {
      const { output } = await router.call(
        'media.download',
        { message: refOf(record), type: record.type, media, maxBytes },
        { signal },
      );
      return {
        media: { status: 'ok' as const, bytes: output.bytes },
        form,
        base64: output.base64,
      };
    } catch (thrown) {
      const { code, details } = toTandemError(thrown);
      if (code === 'MEDIA_EXPIRED' || code === 'NO_MEDIA_CONTENT') return missing(code, form);
      if (details?.reason === 'too-large') return skipped('too_large', form);
      return { media: { status: 'error' as const, reason: code }, form, base64: null };
    }
  };

  return async <M extends PublicMessage>(
    messages: readonly M[],
    records: readonly MessageRecord[],
    request: MediaRequest,
    signal?: AbortSignal,
  ): Promise<WithMedia<M>> => {
    const limit = request.media_limit ?? MEDIA_LIMIT_DEFAULT;
    const deadline = AbortSignal.timeout(ALL_WITHIN_MS);
    const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    const room = { blocks: BLOCKS_MAX_BYTES, texts: TEXTS_MAX_BYTES };
    let seen = 0;
    const loading = records.map((record): Loaded | Promise<Loaded> | null => {
      const { media } = record;
      if (media === null) return null;
      const form = formOf(media.mime);
      if (media.mediaKey === undefined) return missing('NO_MEDIA_CONTENT', form);
      seen += 1;
      if (seen > limit) return skipped('media_limit', form);
      if (request.include_full_data !== true) return skipped('include_full_data', form);
      const pool = form === 'text' ? 'texts' : 'blocks';
      const most = Math.min(room[pool], form === 'text' ? TEXT_MAX_BYTES : BLOCK_MAX_BYTES);
      if (most === 0 || (media.bytes ?? 0) > most) return skipped('too_large', form);
      room[pool] -= media.bytes ?? most;
      return load(record, most, form, either);
    });
    return assemble(messages, await Promise.all(loading));
  };
}

function assemble<M extends PublicMessage>(
  messages: readonly M[],
  loaded: readonly (Loaded | null)[],
): WithMedia<M> {
  const images: { mimeType: string; base64: string }[] = [];
  const audio: { mimeType: string; base64: string }[] = [];
  const shown = messages.map((message, at) => {
    const found = loaded[at];
    if (found === null || found === undefined) return message;
    const { media, form, base64 } = found;
    const mimeType = plainMime(message.media?.mime);
    const blocks = form === 'image' ? images : form === 'audio' ? audio : null;
    if (base64 !== null && blocks !== null) blocks.push({ mimeType, base64 });
    const place = compact({
      block: base64 === null || blocks === null ? undefined : `${form} ${blocks.length}`,
      base64: base64 === null || blocks !== null ? undefined : base64,
    });
    return { ...message, media: { ...message.media, ...media, ...place } };
  });
  return { messages: shown, images, audio };
}

function formOf(mime: string | undefined): Form {
  const plain = plainMime(mime);
  if (PICTURES.includes(plain)) return 'image';
  return plain.startsWith('audio/') ? 'audio' : 'text';
}

/** Without parameters such as `; codecs=opus`. */
function plainMime(mime: string | undefined): string {
  return (mime ?? '').split(';')[0]?.trim().toLowerCase() || 'application/octet-stream';
}

function missing(reason: ErrorCode, form: Form): Loaded {
  return { media: { status: 'not_available', reason }, form, base64: null };
}

function skipped(reason: string, form: Form): Loaded {
  return { media: { status: 'skipped', reason }, form, base64: null };
}
