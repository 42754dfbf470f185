import { createHash } from 'node:crypto';
import type { EngineName } from '#engines/contract/capability.ts';
import { engineMatrix, enginesWith, needsMediaKeys } from '#engines/contract/matrix.ts';
import { carriesFile } from '#engines/contract/message.ts';
import type { MessageRecord } from '#history/contracts/records.ts';
import { type ErrorCode, TandemError, toTandemError } from '#kernel/errors.ts';
import { ENGINE_HTTP_BODY_MAX_BYTES, MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { ServiceContext } from '../context.ts';
import { refOf } from '../messages/reference.ts';
import type { CallOutcome } from '../ports.ts';
import { type ReplyMeta, servedBy } from '../reply.ts';

export interface FetchedFile {
  readonly content: Buffer;
  /** Hex. */
  readonly sha256: string;
  /** The media host had dropped it, and the phone sent it again. */
  readonly recovered: boolean;
  readonly meta: ReplyMeta;
}

export interface FetchLimits {
  readonly maxBytes: number;
  /** Asks the phone for what the media host no longer has; takes longer than a tool call may. */
  readonly recover?: boolean;
}

const RATE_BUCKET = 'media';
const MINUTE_MS = 60_000;
/** Base64 makes four characters of three bytes; some room for the JSON around it. */
const TRANSPORT_MAX_BYTES = Math.floor((ENGINE_HTTP_BODY_MAX_BYTES - 65_536) * 0.75);
/** Another engine may have the file at hand, or be able to ask the sender for it again. The most telling comes first. */
const ASK_ANOTHER: readonly ErrorCode[] = [
  'MEDIA_EXPIRED',
  'MEDIA_DOWNLOAD_FAILED',
  'MEDIA_METADATA_MISSING',
  'NO_MEDIA_CONTENT',
  'MESSAGE_NOT_FOUND',
];
/** Without the keys in the message these only mean that the engine does not have it either. */
const NOT_AT_HAND: readonly ErrorCode[] = ['NO_MEDIA_CONTENT', 'MESSAGE_NOT_FOUND'];

type Outcome = CallOutcome<{ readonly base64: string; readonly recovered?: boolean | undefined }>;

/** True when the message itself says all that any engine needs. */
export function hasMediaKeys({ media }: Pick<MessageRecord, 'media'>): boolean {
  if (media === null || media.mediaKey === undefined) return false;
  return media.directPath !== undefined || media.url !== undefined;
}

export type MediaFetch = ReturnType<typeof createMediaFetch>;

/**
 * Fetches the file of a message from whichever engine can. Errors: NO_MEDIA_CONTENT, MEDIA_METADATA_MISSING, FILE_TOO_LARGE,
 * DOWNLOAD_RATE_LIMITED, MEDIA_EXPIRED, MEDIA_DOWNLOAD_FAILED, and those of the router.
 */
export function createMediaFetch({
  history,
  router,
  fleet,
  config,
  clock,
}: Pick<ServiceContext, 'history' | 'router' | 'fleet' | 'config' | 'clock'>) {
  /** Configured engines that need no keys. */
  const keyless = (): readonly EngineName[] =>
    fleet
      .engines()
      .map(({ engine }) => engine)
      .filter(
        (engine) => engineMatrix[engine].includes('media.download') && !needsMediaKeys.includes(engine),
      );

  const check = (record: MessageRecord): void => {
    if (record.revokedAt !== null)
      throw new TandemError('NO_MEDIA_CONTENT', { message: 'This message was deleted.' });
    if (record.media === null && !carriesFile(record.type)) throw new TandemError('NO_MEDIA_CONTENT');
    if (!hasMediaKeys(record) && keyless().length === 0) throw metadataMissing();
  };

  const ask = async (
    record: MessageRecord,
    { maxBytes, recover }: FetchLimits,
    signal: AbortSignal,
  ): Promise<Outcome> => {
    const input = {
      message: refOf(record),
      type: record.type,
      media: record.media ?? {},
      maxBytes,
      ...(recover === true ? { recover } : {}),
    };
    const from = (engine: EngineName) => router.call('media.download', input, { engine, signal });
    if (!hasMediaKeys(record)) {
      const [engine] = keyless();
      if (engine === undefined) throw metadataMissing();
      try {
        return await from(engine);
      } catch (thrown) {
        throw NOT_AT_HAND.includes(toTandemError(thrown).code) ? metadataMissing() : thrown;
      }
    }
    try {
      return await router.call('media.download', input, { signal });
    } catch (thrown) {
      const error = toTandemError(thrown);
      if (isTooLarge(error) || !ASK_ANOTHER.includes(error.code)) throw error;
      const route = router.routes().find(({ capability }) => capability === 'media.download');
      const able = route?.candidates ?? [];
      const tried = able.find((engine) => engine === error.engine) ?? able[0];
      const errors = [error];
      for (const engine of able) {
        if (engine === tried || tried === undefined) continue;
        try {
          const answer = await from(engine);
          const attempt = { engine: tried, code: error.code, durationMs: 0 };
          return { ...answer, attempts: [attempt, ...answer.attempts] };
        } catch (other) {
          errors.push(toTandemError(other));
        }
      }
      throw mostTelling(errors);
    }
  };

  const takeFromRate = async (): Promise<void> => {
    const limit = config.downloadsPerMinute;
    const rate = await history.rates.take(RATE_BUCKET, limit, MINUTE_MS, clock.now());
    if (rate.ok) return;
    throw new TandemError('DOWNLOAD_RATE_LIMITED', {
      retryAfterSeconds: Math.max(1, Math.ceil(rate.retryAfterMs / MILLISECONDS_PER_SECOND)),
      details: { limit, per: 'minute' },
    });
  };

  return {
    /** Whether anybody could be asked for it at all; throws what `fetch` would. */
    check,
    fetch: async (record: MessageRecord, limits: FetchLimits, signal: AbortSignal): Promise<FetchedFile> => {
      check(record);
      const maxBytes = Math.min(limits.maxBytes, TRANSPORT_MAX_BYTES);
      const declared = record.media?.bytes ?? 0;
      if (declared > maxBytes) throw tooLarge(maxBytes, declared);
      await takeFromRate();
      let outcome: Outcome;
      try {
        outcome = await ask(record, { ...limits, maxBytes }, signal);
      } catch (thrown) {
        throw isTooLarge(toTandemError(thrown)) ? tooLarge(maxBytes) : thrown;
      }
      const content = Buffer.from(outcome.output.base64, 'base64');
      if (content.byteLength > maxBytes) throw tooLarge(maxBytes, content.byteLength);
      const hash = createHash('sha256').update(content).digest();
      const expected = record.media?.sha256;
      const reason =
        content.byteLength === 0
          ? 'empty'
          : expected !== undefined && expected !== hash.toString('base64')
            ? 'hash-mismatch'
            : null;
      if (reason !== null)
        throw new TandemError('MEDIA_DOWNLOAD_FAILED', { engine: outcome.engine, details: { reason } });
      return {
        content,
        sha256: hash.toString('hex'),
        recovered: outcome.output.recovered === true,
        meta: servedBy(outcome),
      };
    },
  };
}

/** That an engine does not hold the message says less than that its file is gone; what the phone said says most. */
function mostTelling(errors: readonly TandemError[]): TandemError | undefined {
  const rank = ({ code }: TandemError) => {
    const place = ASK_ANOTHER.indexOf(code);
    return place === -1 ? ASK_ANOTHER.length : place;
  };
  const silence = ({ details }: TandemError) => Number(details?.phone === undefined);
  return errors.toSorted((a, b) => rank(a) - rank(b) || silence(a) - silence(b))[0];
}

function isTooLarge({ code, details }: TandemError): boolean {
  return code === 'FILE_TOO_LARGE' || details?.reason === 'too-large';
}

function tooLarge(limitBytes: number, bytes?: number): TandemError {
  const size = bytes === undefined ? {} : { bytes };
  return new TandemError('FILE_TOO_LARGE', { details: { limit_bytes: limitBytes, ...size } });
}

function metadataMissing(): TandemError {
  const could = enginesWith('media.download').filter((engine) => !needsMediaKeys.includes(engine));
  return new TandemError('MEDIA_METADATA_MISSING', { details: { could } });
}
