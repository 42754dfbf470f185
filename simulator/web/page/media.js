import { call } from './link.js';
import { base64 } from './profile.js';
import { define } from './registry.js';

/** How a page takes in a file to send: bytes, preparation, upload. */
class OpaqueData {
  constructor(blob, mimetype) {
    this.blob = blob;
    this.mimetype = mimetype;
  }

  static async createFromData(blob, mimetype) {
    return new OpaqueData(blob, mimetype);
  }

  url() {
    this.link ??= URL.createObjectURL(this.blob);
    return this.link;
  }

  autorelease() {
    if (this.link) URL.revokeObjectURL(this.link);
  }

  formData() {
    const form = new FormData();
    form.append('file', this.blob);
    return form;
  }
}

/** Attributes of the message to come. A plain object: callers spread it. */
class MediaData {
  constructor(fields, blob) {
    Object.assign(this, fields);
    Object.defineProperty(this, 'mediaBlob', { value: blob, writable: true });
  }

  set(fields) {
    Object.assign(this, fields);
  }

  toJSON() {
    return { ...this };
  }
}

const THUMBNAIL = '/9j/4AAQSkZJRgABAQAAAQABAAD/2Q==';

const objects = new Map();
const blobs = new Map();

const hashOf = async (blob) => base64(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));

const typeOf = (mimetype, { asSticker, isPtt, asDocument }) => {
  if (asSticker) return 'sticker';
  if (asDocument) return 'document';
  const [family] = mimetype.split('/');
  if (family === 'audio') return isPtt ? 'ptt' : 'audio';
  return family === 'image' || family === 'video' ? family : 'document';
};

const prepare = async ({ blob, mimetype }, options) => {
  const filehash = await hashOf(blob);
  const type = typeOf(mimetype, options);
  blobs.set(filehash, blob);
  return new MediaData(
    {
      type,
      mimetype,
      filehash,
      size: blob.size,
      isGif: Boolean(options.asGif),
      ...(type === 'image' || type === 'video' ? { preview: THUMBNAIL } : {}),
      ...(blob.name && blob.name !== 'undefined' ? { filename: blob.name } : {}),
    },
    new OpaqueData(blob, mimetype),
  );
};

const getOrCreateMediaObject = (filehash) => {
  const known = objects.get(filehash);
  if (known) return known;
  const made = {
    filehash,
    contentInfo: {},
    consolidate(fields) {
      Object.assign(made, fields);
    },
  };
  objects.set(filehash, made);
  return made;
};

const uploadMedia = async ({ mediaObject, mediaType }) => {
  const blob = blobs.get(mediaObject.filehash);
  const data = base64(await blob.arrayBuffer());
  const { url, directPath, mediaKey, encFilehash, timestamp } = await call('media_upload', {
    data,
    type: mediaType,
  });
  blobs.delete(mediaObject.filehash);
  return {
    kind: 'success',
    mediaEntry: {
      mmsUrl: url,
      deprecatedMms3Url: url,
      directPath,
      mediaKey,
      mediaKeyTimestamp: timestamp,
      encFilehash,
      uploadHash: encFilehash,
    },
  };
};

define('WAWebMediaOpaqueData', () => OpaqueData);
define('WAWebPrepRawMedia', () => ({
  prepRawMedia: (data, options) => ({ waitForPrep: () => prepare(data, options) }),
}));
define('WAWebMediaStorage', () => ({ getOrCreateMediaObject }));
define('WAWebMmsMediaTypes', () => ({ msgToMediaType: ({ type }) => type, castToV4: (type) => type }));
define('WAWebMediaDataUtils', () => ({ shouldUseMediaCache: () => true }));
define('WAWebMediaInMemoryBlobCache', () => ({
  InMemoryMediaBlobCache: { put: () => {}, get: () => undefined },
}));
define('WAWebMediaMmsV4Upload', () => ({ uploadMedia }));
