import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent as HttpsAgent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  downloadContentFromMessage,
  downloadMediaMessage,
  encryptedStream,
  getWAUploadToServer,
  type MediaType,
  type WAMessage,
} from '@whiskeysockets/baileys';
import { after, before, describe, it } from 'mocha';
import pino from 'pino';
import { Agent } from 'undici';
import { type Account, createAccount } from '../../account/account.ts';
import { mediaBytes } from '../../account/media-bytes.ts';
import { directPathOf } from '../../account/media-path.ts';
import type { SimMedia, SimMessage } from '../../account/model.ts';
import { shapeOf } from '../../account/presets.ts';
import { createFixedWorld } from '../../account/world.ts';
import type { MediaKind } from '../contract.ts';
import { messageContent } from '../messages/content.ts';
import { createBlobStore } from './blob-store.ts';
import { createCertificate } from './certificate.ts';
import { createMediaHost, type SimMediaHost } from './media-host.ts';

const collect = async (stream: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

describe('simulator media host', () => {
  let dir: string;
  let account: Account;
  let host: SimMediaHost;
  let dispatcher: Agent;
  const shape = shapeOf('tiny', { messagesPerChat: 300 });
  const messages: { readonly message: SimMessage; readonly media: SimMedia }[] = [];

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tandem-media-'));
    account = createAccount(shape, createFixedWorld(shape.now));
    host = await createMediaHost({ account, dir });
    dispatcher = new Agent({ connect: { ca: readFileSync(host.caFile) } });
    for (const chat of account.chats())
      for (let i = 0; i < chat.size; i++) {
        const message = account.message(chat.key, i);
        if (message?.content.type === 'media') messages.push({ message, media: message.content.media });
      }
  });
  after(async () => {
    await dispatcher.close();
    await host.close();
    rmSync(dir, { recursive: true });
  });

  /** As a program would that only trusts our file. */
  const fetchTrusted = (url: string): Promise<Response> => fetch(url, { dispatcher } as RequestInit);
  const download = async (message: SimMessage): Promise<Buffer> => {
    const sent = messageContent(message, account.chat(message.chat), {
      account,
      describeMedia: host.describe,
    });
    const part = Object.values(sent).find((v) => v !== null && typeof v === 'object' && 'directPath' in v);
    if (part !== null && typeof part === 'object') Reflect.set(part, 'directPath', null);
    const wrapped = { key: { id: message.id, remoteJid: 'x' }, message: sent } as WAMessage;
    return downloadMediaMessage(wrapped, 'buffer', { options: { dispatcher } as RequestInit });
  };

  it('serves every kind of generated media to the real client', async () => {
    const kinds = new Map(messages.filter((m) => !m.media.expired).map((m) => [m.media.kind, m]));
    assert.equal(kinds.size, 6);
    for (const { message, media } of kinds.values())
      assert.deepEqual(await download(message), mediaBytes(media), media.kind);
  });

  it('says 410 for expired media until the phone uploads it again', async () => {
    const expired = messages.find((m) => m.media.expired);
    assert.ok(expired);
    const url = host.url + directPathOf(expired.media);
    assert.equal((await fetchTrusted(url)).status, 410);
    host.restore(directPathOf(expired.media));
    assert.equal((await fetchTrusted(url)).status, 200);
    host.expire(directPathOf(expired.media));
    assert.equal((await fetchTrusted(url)).status, 410);
    assert.equal((await fetchTrusted(`${host.url}/v/t62.7118-24/d0_999999_n.enc`)).status, 404);
  });

  it('keeps history and app-state blobs that the real client can read', async () => {
    for (const kind of [
      'md-msg-hist',
      'md-app-state',
      'image',
      'ptt',
      'video',
      'document',
      'sticker',
    ] as const) {
      const plain = Buffer.from(`blob of ${kind}`.repeat(90));
      const stored = host.put(plain, kind satisfies MediaKind);
      const stream = await downloadContentFromMessage({ url: stored.url, mediaKey: stored.mediaKey }, kind, {
        options: { dispatcher } as RequestInit,
      });
      assert.deepEqual(await collect(stream), plain);
      assert.deepEqual(host.read(stored.directPath, stored.mediaKey, kind), plain);
    }
  });

  it('takes what the real client uploads', async () => {
    const plain = Buffer.from('quarterly report '.repeat(500));
    const type: MediaType = 'document';
    const logger = pino({ level: 'silent' });
    const enc = await encryptedStream(plain, type, { logger });
    const conn = async () => ({
      auth: 'a',
      ttl: 300,
      hosts: [{ hostname: host.hostname, maxContentLengthBytes: 1 }],
      fetchDate: new Date(),
    });
    const config = {
      customUploadHosts: [],
      fetchAgent: new HttpsAgent({ ca: readFileSync(host.caFile) }),
      logger,
      options: {},
    };
    const send = getWAUploadToServer(config as unknown as Parameters<typeof getWAUploadToServer>[0], conn);
    const fileEncSha256B64 = enc.fileEncSha256.toString('base64');
    const urls = await send(enc.encFilePath, { mediaType: type, fileEncSha256B64 });
    assert.deepEqual(host.read(urls.directPath, enc.mediaKey, 'document'), plain);
    assert.equal(host.counts.uploads, 1);
    writeFileSync(enc.encFilePath, 'something else');
    await assert.rejects(send(enc.encFilePath, { mediaType: type, fileEncSha256B64 }), /upload failed/i);
    rmSync(enc.encFilePath);
  });

  it('breaks on command', async () => {
    const stored = host.put(Buffer.alloc(5_000, 7), 'image');
    const again = () => fetchTrusted(stored.url).then((r) => r.arrayBuffer());
    host.failNext({ kind: 'status', status: 503 }, 1, stored.directPath);
    assert.equal((await fetchTrusted(stored.url)).status, 503);
    host.failNext({ kind: 'truncated' }, 1);
    await assert.rejects(again());
    host.failNext({ kind: 'corrupt' }, 1);
    const sum = createHash('sha256')
      .update(Buffer.from(await again()))
      .digest();
    assert.notDeepEqual(sum, stored.fileEncSha256);
    host.failNext({ kind: 'slow', delayMs: 60 }, 1);
    const start = performance.now();
    assert.deepEqual(
      createHash('sha256')
        .update(Buffer.from(await again()))
        .digest(),
      stored.fileEncSha256,
    );
    assert.ok(performance.now() - start >= 55);
  });

  it('answers ranges', async () => {
    const stored = host.put(Buffer.alloc(100, 1), 'image');
    const headers = { range: 'bytes=16-31' };
    const response = await fetch(stored.url, { dispatcher, headers } as RequestInit);
    assert.equal(response.status, 206);
    assert.equal((await response.arrayBuffer()).byteLength, 16);
  });
});

describe('media certificate', () => {
  it('is read by Node and covers loopback and the real host', () => {
    const cert = new X509Certificate(
      createCertificate(['127.0.0.1', 'mmg.whatsapp.net'], Date.now()).certPem,
    );
    assert.ok(cert.verify(cert.publicKey));
    assert.equal(cert.checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(cert.checkHost('mmg.whatsapp.net'), 'mmg.whatsapp.net');
    assert.equal(cert.checkHost('example.org'), undefined);
    assert.ok(cert.ca);
  });
});

describe('two media certificates', () => {
  it('do not share a name, so one process can trust both', () => {
    const subject = () => new X509Certificate(createCertificate(['127.0.0.1'], Date.now()).certPem).subject;
    assert.notEqual(subject(), subject());
  });
});

describe('media blob store', () => {
  it('drops the oldest blobs when full', () => {
    const store = createBlobStore(100);
    const paths = [1, 2, 3].map((fill) => store.add(Buffer.alloc(40, fill)));
    assert.deepEqual(
      paths.map((path) => store.get(path)?.length ?? null),
      [null, 40, 40],
    );
  });
});
