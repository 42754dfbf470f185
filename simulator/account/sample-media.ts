import type { MediaKind, SimContent } from './model.ts';

export const MEDIA_MIME: Readonly<Record<MediaKind, string>> = {
  image: 'image/png',
  video: 'video/mp4',
  audio: 'audio/mp4',
  voice: 'audio/ogg; codecs=opus',
  document: 'application/pdf',
  sticker: 'image/webp',
};

const DEFAULT_BYTES = 4_000;
const SIDE_PIXELS = 64;
const SECONDS = 12;

export interface SampleMedia {
  readonly kind: MediaKind;
  readonly bytes?: number | undefined;
  readonly caption?: string | undefined;
  readonly fileName?: string | undefined;
  /** The media host has lost it already; the phone still has it. */
  readonly expired?: boolean | undefined;
}

/** A file for a live message; where it lies is settled when the message is stored. */
export const sampleMedia = ({ kind, bytes, caption, fileName, expired }: SampleMedia): SimContent => {
  const visual = kind === 'image' || kind === 'video' || kind === 'sticker';
  return {
    type: 'media',
    media: {
      kind,
      blobSeed: '',
      bytes: bytes ?? DEFAULT_BYTES,
      mimeType: MEDIA_MIME[kind],
      fileName: kind === 'document' ? (fileName ?? 'file.pdf') : null,
      caption: caption ?? null,
      seconds: kind === 'audio' || kind === 'voice' || kind === 'video' ? SECONDS : null,
      width: visual ? SIDE_PIXELS : null,
      height: visual ? SIDE_PIXELS : null,
      expired: expired ?? false,
    },
  };
};
