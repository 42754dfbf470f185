import type { MessageRecord } from '#history/contracts/records.ts';
import { type ErrorCode, toTandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { BLOCK_MAX_BYTES, blockKindOf } from '../media/blocks.ts';
import { plainMime } from '../media/magic.ts';
import { compact, type Reply } from '../reply.ts';
import type { PublicMedia, PublicMessage } from '../shapes/message.ts';

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

const BLOCKS_MAX_BYTES = 3_000_000;
/** Bytes as text cost the reader three characters for two of them, and tell a model nothing: small ones only. */
const TEXT_MAX_BYTES = 12_000;
const TEXTS_MAX_BYTES = 24_000;
/** Leaves time to answer with what arrived until then. */
const ALL_WITHIN_MS = 15_000;

/** Asking again does not help. */
const NOT_THERE: readonly ErrorCode[] = ['MEDIA_EXPIRED', 'NO_MEDIA_CONTENT', 'MEDIA_METADATA_MISSING'];

type Form = 'image' | 'audio' | 'text';
type Loaded = { readonly media: Partial<PublicMedia>; readonly form: Form; readonly base64: string | null };

/** Adds to the messages of a list what is known of their files and, on request, the files. Never fails: each file has its own status. */
export function createMediaLoader({ media: library }: Pick<ServiceContext, 'media'>) {
  const load = async (record: MessageRecord, maxBytes: number, form: Form, signal: AbortSignal) => {
    try {
      const { content } = await library.get(record, { maxBytes, save: false }, signal);
      if (content.byteLength > maxBytes) return skipped('too_large', form);
      return {
        media: { status: 'ok' as const, bytes: content.byteLength },
        form,
        base64: content.toString('base64'),
      };
    } catch (thrown) {
      return failed(toTandemError(thrown).code, form);
    }
  };
  /** Why nobody could fetch it, asked or not; null = somebody could. */
  const unfetchable = (record: MessageRecord): ErrorCode | null => {
    try {
      library.check(record);
      return null;
    } catch (thrown) {
      return toTandemError(thrown).code;
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
      const why = unfetchable(record);
      if (why !== null) return missing(why, form);
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
  return blockKindOf(plainMime(mime)) ?? 'text';
}

function failed(code: ErrorCode, form: Form): Loaded {
  if (NOT_THERE.includes(code)) return missing(code, form);
  if (code === 'FILE_TOO_LARGE') return skipped('too_large', form);
  if (code === 'DOWNLOAD_RATE_LIMITED') return skipped('RATE_LIMITED', form);
  return { media: { status: 'error', reason: code }, form, base64: null };
}

function missing(reason: ErrorCode, form: Form): Loaded {
  return { media: { status: 'not_available', reason }, form, base64: null };
}

function skipped(reason: string, form: Form): Loaded {
  return { media: { status: 'skipped', reason }, form, base64: null };
}
