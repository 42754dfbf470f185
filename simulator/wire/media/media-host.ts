import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from '../../account/account.ts';
import { mediaKeyOf } from '../../account/media-bytes.ts';
import { type BlobKind, decryptBlob, encryptBlob } from '../../account/media-cipher.ts';
import { directPathOf, encryptMedia, mediaAtPath } from '../../account/media-path.ts';
import type { SimMedia } from '../../account/model.ts';
import { pictureAtPath } from '../../account/pictures.ts';
import { trackSockets } from '../../raw-sockets.ts';
import type { MediaHost, MediaKind, StoredMedia } from '../contract.ts';
import { createBlobStore } from './blob-store.ts';
import { createCertificate } from './certificate.ts';

/** What a request for a file can run into. */
export type MediaFault =
  /** 404 and 410: expired; 5xx: try again. */
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Half of the file, then the connection breaks. */
  | { readonly kind: 'truncated' }
  /** All of the file with one byte changed. */
  | { readonly kind: 'corrupt' };

export interface SimMediaHost extends MediaHost {
  /** Where a generated file lies; it is encrypted when somebody asks for it. */
  describe(media: SimMedia): StoredMedia;
  /** The next `times` requests whose path begins with `path` meet this fault. */
  failNext(fault: MediaFault, times: number, path?: string): void;
  /** The phone uploaded an expired file again. */
  restore(directPath: string): void;
  readonly counts: { readonly uploads: number; readonly downloads: number };
}

export interface MediaHostDeps {
  readonly account: Account;
  /** Existing or new directory for the certificate file. */
  readonly dir: string;
  /** 0 or nothing: any free one. */
  readonly port?: number;
}

const KINDS: Readonly<Record<MediaKind, BlobKind>> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  ptt: 'voice',
  document: 'document',
  sticker: 'sticker',
  'md-msg-hist': 'history',
  'md-app-state': 'app-state',
};

const LOOPBACK = '127.0.0.1';
/** A client that keeps the real host name and only connects elsewhere must still be able to trust us. */
const CERTIFICATE_HOSTS = [LOOPBACK, 'localhost', 'mmg.whatsapp.net'] as const;
const MAX_UPLOAD_BYTES = 128 * 1024 * 1024;
const UPLOAD_PATH = /^\/mms\/[a-z-]+\/([A-Za-z0-9_%-]+)$/;

const pathOf = (directPath: string): string => directPath.split('?')[0] ?? '';

const readBody = async (request: IncomingMessage): Promise<Buffer | null> => {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of request) {
    total += chunk.length;
    if (total > MAX_UPLOAD_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const reply = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/** The part of a file that a `Range: bytes=a-b` header asks for. */
const rangeOf = (header: string | undefined, size: number): readonly [number, number] | null => {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  if (match === null) return null;
  return [Number(match[1]), match[2] === '' ? size : Math.min(size, Number(match[2]) + 1)];
};

export const createMediaHost = async (deps: MediaHostDeps): Promise<SimMediaHost> => {
  const { account } = deps;
  const blobs = createBlobStore();
  const gone = new Set<string>();
  const restored = new Set<string>();
  const faults: { fault: MediaFault; times: number; readonly path: string }[] = [];
  const counts = { uploads: 0, downloads: 0 };

  const find = (path: string): Uint8Array | null => {
    const media = mediaAtPath(account, path);
    return media === null ? blobs.get(path) : encryptMedia(media).bytes;
  };
  const isExpired = (path: string): boolean =>
    gone.has(path) || (!restored.has(path) && (mediaAtPath(account, path)?.expired ?? false));

  const takeFault = (path: string): MediaFault | null => {
    const entry = faults.find((f) => f.times > 0 && path.startsWith(f.path));
    if (entry === undefined) return null;
    entry.times -= 1;
    return entry.fault;
  };

  const download = async (
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
  ): Promise<void> => {
    counts.downloads += 1;
    const fault = takeFault(path);
    if (fault?.kind === 'slow') await delay(fault.delayMs);
    if (fault?.kind === 'status') return reply(response, fault.status, { error: 'fault' });
    const picture = pictureAtPath(path);
    if (picture !== null) {
      response.writeHead(200, { 'content-type': 'image/png', 'content-length': picture.length }).end(picture);
      return;
    }
    if (isExpired(path)) return reply(response, 410, { error: 'gone' });
    const found = find(path);
    if (found === null) return reply(response, 404, { error: 'not found' });
    const range = rangeOf(request.headers.range, found.length);
    const bytes = Buffer.from(found.subarray(...(range ?? [0, found.length])));
    if (fault?.kind === 'corrupt') bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0xff;
    response.writeHead(range === null ? 200 : 206, {
      'content-type': 'application/octet-stream',
      'content-length': bytes.length,
    });
    if (fault?.kind === 'truncated') {
      response.write(bytes.subarray(0, bytes.length >> 1), () => request.socket.destroy());
      return;
    }
    response.end(bytes);
  };

  const upload = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    const named = UPLOAD_PATH.exec(path)?.[1];
    const body = await readBody(request);
    if (body === null) return reply(response, 413, { error: 'too large' });
    const hash = createHash('sha256').update(body).digest('base64url');
    if (named === undefined || decodeURIComponent(named).replaceAll('=', '') !== hash)
      return reply(response, 400, { error: 'hash does not match' });
    counts.uploads += 1;
    const directPath = blobs.add(body);
    reply(response, 200, { url: url + directPath, direct_path: directPath });
  };

  const certificate = createCertificate(CERTIFICATE_HOSTS, Date.now());
  mkdirSync(deps.dir, { recursive: true });
  const caFile = join(deps.dir, 'media-ca.pem');
  writeFileSync(caFile, certificate.certPem);

  const server = createServer({ key: certificate.keyPem, cert: certificate.certPem }, (request, response) => {
    const path = pathOf(request.url ?? '');
    const handled =
      request.method === 'POST' ? upload(request, response, path) : download(request, response, path);
    handled.catch(() => response.destroy());
  });
  const raw = trackSockets(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(deps.port ?? 0, LOOPBACK, resolve);
  });
  const hostname = `${LOOPBACK}:${(server.address() as AddressInfo).port}`;
  const url = `https://${hostname}`;

  return {
    hostname,
    url,
    caFile,
    counts,
    put: (plaintext, kind, mediaKey = randomBytes(32)) => {
      const { bytes, ...sums } = encryptBlob(plaintext, mediaKey, KINDS[kind]);
      const directPath = blobs.add(bytes);
      return { url: url + directPath, directPath, mediaKey, ...sums };
    },
    describe: (media) => {
      const { bytes: _bytes, ...sums } = encryptMedia(media);
      const directPath = directPathOf(media);
      return { url: url + directPath, directPath, mediaKey: mediaKeyOf(media), ...sums };
    },
    read: (directPath, mediaKey, kind) => {
      const bytes = find(pathOf(directPath));
      return bytes === null ? null : decryptBlob(bytes, mediaKey, KINDS[kind]);
    },
    expire: (directPath) => {
      gone.add(pathOf(directPath));
      restored.delete(pathOf(directPath));
    },
    restore: (directPath) => {
      gone.delete(pathOf(directPath));
      restored.add(pathOf(directPath));
    },
    failNext: (fault, times, path = '/') => {
      faults.push({ fault, times, path });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        raw.destroyAll();
      }),
  };
};
