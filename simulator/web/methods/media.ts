import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { z } from 'zod';
import { type BlobKind, decryptBlob, encryptBlob } from '../../account/media-cipher.ts';
import { directPathOf } from '../../account/media-path.ts';
import { keySchema, method, NO_ANSWER, type PageMethods, PageRefusal, type WebCore } from '../contract.ts';
import { storedMessage } from './lookup.ts';

const BLOB_KINDS: Readonly<Record<string, BlobKind>> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  ptt: 'voice',
  document: 'document',
  sticker: 'sticker',
};
const KEY_BYTES = 32;
const OK = 200;

const type = z.string().transform((name, context) => {
  const kind = BLOB_KINDS[name];
  if (kind !== undefined) return kind;
  context.addIssue('not a kind of file');
  return z.NEVER;
});
const bytes = z.base64().transform((text) => Buffer.from(text, 'base64'));
const uploadAnswer = z.object({ url: z.string(), direct_path: z.string() });

/**
 * Files of a page. It cannot reach the media host itself, as a browser would not trust its certificate; the bytes go
 * over the host all the same, so that its faults and counts hold for pages too.
 */
export const createMediaMethods = (core: WebCore): PageMethods => {
  const { account, media, wire } = core;
  const ca = readFileSync(media.caFile);

  const ask = (
    path: string,
    body?: Uint8Array,
  ): Promise<{ readonly status: number; readonly body: Buffer }> =>
    new Promise((resolve, reject) => {
      const asked = request(new URL(path, media.url), { ca, method: body ? 'POST' : 'GET' }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts) }));
        response.on('error', reject);
      });
      asked.on('error', reject);
      asked.end(body);
    });

  return {
    /** Bytes as base64, or the status that the media host answered with. */
    media_download: method(
      z.object({ directPath: z.string(), mediaKey: bytes, type }),
      async ({ directPath, mediaKey, type: kind }) => {
        const answer = await ask(directPath).catch(() => {
          throw new PageRefusal('the connection broke');
        });
        if (answer.status !== OK) return { status: answer.status };
        try {
          return { data: decryptBlob(answer.body, mediaKey, kind).toString('base64') };
        } catch {
          throw new PageRefusal('media hmac mismatch');
        }
      },
    ),
    media_upload: method(z.object({ data: bytes, type }), async ({ data, type: kind }) => {
      const mediaKey = randomBytes(KEY_BYTES);
      const { bytes: sealed, fileSha256, fileEncSha256 } = encryptBlob(data, mediaKey, kind);
      const hash = createHash('sha256').update(sealed).digest('base64url');
      const answer = await ask(`/mms/${kind}/${hash}`, sealed);
      if (answer.status !== OK) throw new PageRefusal(`upload failed with ${answer.status}`);
      const { url, direct_path: directPath } = uploadAnswer.parse(JSON.parse(answer.body.toString()));
      return {
        url,
        directPath,
        mediaKey: mediaKey.toString('base64'),
        filehash: fileSha256.toString('base64'),
        encFilehash: fileEncSha256.toString('base64'),
        timestamp: account.world.nowSeconds(),
      };
    }),
    /** The phone is asked for a file that the media host has lost. Null: it has lost it too. */
    media_reupload: method(z.object({ key: keySchema }), ({ key }, { device }) => {
      const { phone } = wire.faults;
      if (phone.onDemand === 'silent') return NO_ANSWER;
      const content = storedMessage(account, device, key)?.content;
      if (content?.type !== 'media' || !phone.reuploads) return null;
      const directPath = directPathOf(content.media);
      media.restore(directPath);
      return { directPath };
    }),
  };
};
