import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { type BinaryNode, proto } from '@whiskeysockets/baileys';
import type { Account } from '../../account/account.ts';
import { mediaKeyOf } from '../../account/media-bytes.ts';
import { directPathOf } from '../../account/media-path.ts';
import type { DeviceHub, WireModule } from '../contract.ts';
import { child, childBytes, node } from '../nodes.ts';
import type { PhoneBehaviour } from '../phone/behaviour.ts';
import type { SimMediaHost } from './media-host.ts';

export interface MediaRetryDeps {
  readonly account: Account;
  readonly media: Pick<SimMediaHost, 'restore'>;
  readonly hub: Pick<DeviceHub, 'send'>;
  readonly phone: Pick<PhoneBehaviour, 'reuploads'>;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;
const INFO = 'WhatsApp Media Retry Notification';
const { ResultType } = proto.MediaRetryNotification;

const retryKeyOf = (mediaKey: Uint8Array): Buffer =>
  Buffer.from(hkdfSync('sha256', mediaKey, Buffer.alloc(0), INFO, 32));

const seal = (plain: Uint8Array, mediaKey: Uint8Array, id: string) => {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', retryKeyOf(mediaKey), iv).setAAD(Buffer.from(id));
  return { iv, sealed: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]) };
};

/** Whether the companion proved that it holds the media key. */
const isGenuine = (request: BinaryNode, mediaKey: Uint8Array, id: string): boolean => {
  const sealed = childBytes(child(request, 'encrypt'), 'enc_p');
  const iv = childBytes(child(request, 'encrypt'), 'enc_iv');
  if (sealed === null || iv === null) return false;
  const decipher = createDecipheriv('aes-256-gcm', retryKeyOf(mediaKey), iv)
    .setAAD(Buffer.from(id))
    .setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
    return proto.ServerErrorReceipt.decode(plain).stanzaId === id;
  } catch {
    return false;
  }
};

const answerTo = (
  request: BinaryNode,
  deps: Pick<MediaRetryDeps, 'account' | 'media' | 'phone'>,
): BinaryNode => {
  const id = request.attrs.id ?? '';
  const rmr = child(request, 'rmr');
  const chat = deps.account.chatByJid(rmr?.attrs.jid ?? '');
  const content = chat === null ? undefined : deps.account.messageById(chat.key, id)?.content;
  const answer = (body: BinaryNode): BinaryNode =>
    node(
      'notification',
      { from: rmr?.attrs.jid, type: 'mediaretry', id, t: String(deps.account.world.nowSeconds()) },
      [node('rmr', { ...rmr?.attrs }), body],
    );
  const refuse = (result: proto.MediaRetryNotification.ResultType): BinaryNode =>
    answer(node('error', { code: String(result) }));
  if (content?.type !== 'media' || !deps.phone.reuploads) return refuse(ResultType.NOT_FOUND);
  const mediaKey = mediaKeyOf(content.media);
  if (!isGenuine(request, mediaKey, id)) return refuse(ResultType.DECRYPTION_ERROR);
  const directPath = directPathOf(content.media);
  deps.media.restore(directPath);
  const plain = proto.MediaRetryNotification.encode({
    stanzaId: id,
    directPath,
    result: ResultType.SUCCESS,
  }).finish();
  const { iv, sealed } = seal(plain, mediaKey, id);
  return answer(node('encrypt', {}, [node('enc_p', {}, sealed), node('enc_iv', {}, iv)]));
};

/**
 * The phone's side of a `server-error` receipt: a companion met a file that the media host no longer has.
 * The phone uploads it again and says where, or says that it has lost it too.
 */
export const createMediaRetry = (deps: MediaRetryDeps): WireModule => ({
  name: 'media-retry',
  iqs: [],
  receipts: [
    { type: 'server-error', handle: (request, device) => deps.hub.send(device, answerTo(request, deps)) },
  ],
});
