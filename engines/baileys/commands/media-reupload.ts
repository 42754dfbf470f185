import {
  type BaileysEventMap,
  decryptMediaRetryData,
  encryptMediaRetryRequest,
  proto,
  type WAMessageKey,
} from '@whiskeysockets/baileys';
import { TandemError } from '#kernel/errors.ts';
import type { CommandDeps } from './deps.ts';
import { unlessAborted } from './upstream-error.ts';

/** A phone that is on answers within seconds, and must upload the file first. */
const PHONE_WAIT_MS = 20_000;

/**
 * Asks the own phone to upload a file again that the media host no longer has; returns where it lies then. The library's own way
 * waits for ever. Errors: MEDIA_EXPIRED with what came of asking, those of a lost connection.
 */
export async function reupload(
  { session, connectionEnd }: Pick<CommandDeps, 'session' | 'connectionEnd'>,
  key: WAMessageKey,
  mediaKey: Buffer,
  signal: AbortSignal,
): Promise<string> {
  const sock = session.open();
  const me = sock.user?.id;
  if (me === undefined) throw new TandemError('NOT_CONNECTED', { engine: 'baileys' });
  const answer = Promise.withResolvers<BaileysEventMap['messages.media-update'][number]>();
  const listen = (updates: BaileysEventMap['messages.media-update']) => {
    const found = updates.find((update) => isFor(update.key, key));
    if (found !== undefined) answer.resolve(found);
  };
  const silent = setTimeout(() => answer.reject(expired('silent')), PHONE_WAIT_MS);
  sock.ev.on('messages.media-update', listen);
  try {
    const asked = sock.sendNode(encryptMediaRetryRequest(key, mediaKey, me));
    const both = Promise.all([asked, answer.promise]).then(([, update]) => update);
    const update = await unlessAborted(both, AbortSignal.any([signal, connectionEnd()]));
    return pathIn(update, mediaKey);
  } finally {
    clearTimeout(silent);
    sock.ev.off('messages.media-update', listen);
  }
}

/** The phone may name the chat by the other identity, so the id and the author of a group message decide. */
function isFor(told: WAMessageKey, asked: WAMessageKey): boolean {
  return told.id === asked.id && Boolean(told.fromMe) === Boolean(asked.fromMe);
}

function pathIn(
  { media, error, key }: BaileysEventMap['messages.media-update'][number],
  mediaKey: Buffer,
): string {
  if (error !== undefined || media === undefined || !key.id) throw expired('lost');
  const said = decryptMediaRetryData(media, mediaKey, key.id);
  if (said.result !== proto.MediaRetryNotification.ResultType.SUCCESS || !said.directPath)
    throw expired('lost');
  return said.directPath;
}

function expired(phone: 'lost' | 'silent'): TandemError {
  return new TandemError('MEDIA_EXPIRED', { engine: 'baileys', details: { phone } });
}
