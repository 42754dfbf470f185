import type { Account } from './account.ts';
import { mediaBytes, mediaKeyOf } from './media-bytes.ts';
import { type EncryptedBlob, encryptBlob } from './media-cipher.ts';
import type { SimMedia } from './model.ts';

/** Media paths as the real host has them; the file is found again from the path alone. */
const PATH = /^\/v\/t62\.7118-24\/([a-z0-9]+)_(\d+)_n\.enc$/;

export const directPathOf = (media: SimMedia): string => {
  const [chat, index] = media.blobSeed.split('.').slice(-2);
  return `/v/t62.7118-24/${chat}_${index}_n.enc?ccb=11-4`;
};

export const encryptMedia = (media: SimMedia): EncryptedBlob =>
  encryptBlob(mediaBytes(media), mediaKeyOf(media), media.kind);

/** The media that a direct path (with or without its query) leads to; null when no message has it. */
export const mediaAtPath = (account: Account, directPath: string): SimMedia | null => {
  const match = PATH.exec(directPath.split('?')[0] ?? '');
  const content = match === null ? undefined : account.message(match[1] ?? '', Number(match[2]))?.content;
  return content?.type === 'media' ? content.media : null;
};
