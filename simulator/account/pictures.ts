import type { Account } from './account.ts';
import { mediaBytes } from './media-bytes.ts';

export interface Picture {
  /** Person or chat key. */
  readonly of: string;
  readonly id: string;
}

/** A preview is what lists show. */
export type PictureSize = 'preview' | 'image';

const PATH = /^\/v\/t61\.24694-24\/([a-z0-9]+)_(\d+)_([ns])\.png$/;
const SIDE_PIXELS: Readonly<Record<PictureSize, number>> = { preview: 96, image: 640 };

/** The profile picture behind a JID; null without one. Every second group has one. */
export const pictureOf = (account: Account, jid: string): Picture | null => {
  const person = account.personByJid(jid);
  if (person !== null) return person.pictureId === null ? null : { of: person.key, id: person.pictureId };
  const chat = account.chatByJid(jid);
  if (chat === null || chat.group === null || chat.ordinal % 2 === 0) return null;
  return { of: chat.key, id: String(chat.group.creation) };
};

export const picturePath = ({ of, id }: Picture, size: PictureSize): string =>
  `/v/t61.24694-24/${of}_${id}_${size === 'image' ? 'n' : 's'}.png`;

/** Profile pictures are not encrypted: the path is enough. Null for any other path. */
export const pictureAtPath = (path: string): Buffer | null => {
  const match = PATH.exec(path);
  if (match === null) return null;
  const side = SIDE_PIXELS[match[3] === 'n' ? 'image' : 'preview'];
  return mediaBytes({
    kind: 'image',
    blobSeed: `${match[1]}/${match[2]}`,
    bytes: 0,
    mimeType: 'image/png',
    fileName: null,
    caption: null,
    seconds: null,
    width: side,
    height: side,
    expired: false,
  });
};
