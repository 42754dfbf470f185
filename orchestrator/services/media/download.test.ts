import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandHandlers, CommandInput } from '#engines/contract/command.ts';
import type { MessageObservation } from '#engines/contract/message.ts';
import { TandemError } from '#kernel/errors.ts';
import { until } from '#kernel/testing/until.ts';
import { failsWith } from '../testing/errors.ts';
import { anna, bert, club, message, NOW_SECONDS } from '../testing/sample-history.ts';
import { createWorld, type World, type WorldOptions } from '../testing/world.ts';
import type { DownloadRequest } from './download.ts';

const KEYS = { mediaKey: Buffer.alloc(32, 1).toString('base64'), directPath: '/v/somewhere' };
const PNG = Buffer.concat([
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  Buffer.from('pixels'),
]);
const OGG = Buffer.from('OggS and a voice');
const BIG = Buffer.concat([PNG, Buffer.alloc(1_200_000, 7)]);
const EVIL = Buffer.from('plain words');

const base64Hash = (content: Buffer) => createHash('sha256').update(content).digest('base64');

function withFile(id: string, content: Buffer | null, change: Partial<MessageObservation> = {}) {
  const media =
    content === null ? {} : { media: { mime: 'image/png', ...KEYS, sha256: base64Hash(content) } };
  return message(club, 1_000, null, { id, type: 'image', ...media, ...change });
}

describe('downloading files', () => {
  let world: World;
  let asked: { engine: string; input: CommandInput<'media.download'> }[];
  let answers: Record<string, Buffer | TandemError>;
  const handler = (engine: string): CommandHandlers => ({
    'media.download': async (input) => {
      asked.push({ engine, input });
      const answer = answers[`${engine} ${input.message.id}`] ?? answers[input.message.id];
      if (answer === undefined) throw new TandemError('MEDIA_DOWNLOAD_FAILED');
      if (answer instanceof TandemError) throw answer;
      return { base64: answer.toString('base64'), bytes: answer.byteLength, sha256: base64Hash(answer) };
    },
  });
  const open = async (options: WorldOptions = {}) => {
    asked = [];
    answers = { PICTURE: PNG, VOICE: OGG, BIG, EVIL, KEYLESS: PNG };
    world = await createWorld({ commands: handler('baileys'), ...options });
    await world.learn([
      withFile('PICTURE', PNG),
      withFile('VOICE', OGG, { type: 'voice', media: { mime: 'audio/ogg; codecs=opus', ...KEYS } }),
      withFile('BIG', BIG),
      withFile('EVIL', EVIL, {
        type: 'document',
        media: { mime: 'application/x-sh', filename: '..\\../../etc/\u202epass|wd.sh', ...KEYS },
      }),
      withFile('KEYLESS', null, { media: { mime: 'image/png' } }),
      withFile('NOTHING', null),
    ]);
  };
  afterEach(() => world.close());
  const download = (message_id: string, change: Partial<DownloadRequest> = {}) =>
    world.services.downloadMedia({ message_id, save_to_disk: true, include_full_data: false, ...change });
  const engines = () => asked.map(({ engine }) => engine);

  it('keep a file by what is in it, and need no engine for it again', async () => {
    await open();
    const { data, meta, images } = await download('PICTURE');
    const sha256 = createHash('sha256').update(PNG).digest('hex');
    const path = join(world.dir, 'media', sha256.slice(0, 2), `${sha256}.png`);
    assert.deepEqual(data, {
      message_id: 'PICTURE',
      chat_jid: club,
      chat_name: 'Book club',
      type: 'image',
      mime: 'image/png',
      size: PNG.byteLength,
      sha256,
      filename: 'image-PICTURE.png',
      path,
      cached: false,
    });
    assert.deepEqual([meta?.engine, images], ['baileys', undefined]);
    assert.deepEqual(readFileSync(path), PNG);
    assert.deepEqual(asked[0]?.input.message, { chat: club, id: 'PICTURE', fromMe: false, sender: bert.lid });
    world.setEngine({ level: 'recovering', reason: 'connection-lost' });
    const again = await download('PICTURE');
    assert.deepEqual([again.data.cached, again.data.path, again.meta?.engine], [true, path, undefined]);
    assert.equal(asked.length, 1);
  });

  it('put pictures and recordings into the answer where they are small enough', async () => {
    await open();
    const picture = await download('PICTURE', { include_full_data: true, save_to_disk: false });
    assert.deepEqual([picture.data.block, picture.data.path], ['image 1', undefined]);
    assert.deepEqual(picture.images, [{ mimeType: 'image/png', base64: PNG.toString('base64') }]);
    const voice = await download('VOICE', { include_full_data: true });
    assert.deepEqual(voice.audio, [{ mimeType: 'audio/ogg', base64: OGG.toString('base64') }]);
    const big = await download('BIG', { include_full_data: true });
    assert.deepEqual([big.data.notice, big.images], ['TOO_LARGE_TO_SHOW', undefined]);
    const text = await download('EVIL', { include_full_data: true });
    assert.deepEqual([text.data.notice, text.data.block], ['NOT_SHOWABLE', undefined]);
  });

  it('name a file by its bytes on the disk, and harmlessly for people', async () => {
    await open();
    const { data } = await download('EVIL');
    assert.deepEqual(
      [data.filename, data.mime, data.declared_mime],
      ['pass_wd.sh', 'text/plain', 'application/x-sh'],
    );
    assert.match(data.path ?? '', /media\/[0-9a-f]{2}\/[0-9a-f]{64}\.txt$/);
  });

  it('find a file again whose message does not know its hash', async () => {
    await open();
    assert.equal((await download('VOICE')).data.cached, false);
    assert.equal((await download('VOICE')).data.cached, true);
    assert.equal(asked.length, 1);
  });

  it('ask once for what two callers want at the same time', async () => {
    await open();
    await Promise.all([download('PICTURE'), download('PICTURE')]);
    assert.equal(asked.length, 1);
  });

  it('go on when the caller gives up, so that the next call finds the file', async () => {
    let calls = 0;
    const slow: CommandHandlers = {
      'media.download': async () => {
        calls += 1;
        await sleep(150);
        return { base64: PNG.toString('base64'), bytes: PNG.byteLength, sha256: '' };
      },
    };
    await open({ commands: slow });
    const request = { message_id: 'PICTURE', save_to_disk: true, include_full_data: false };
    await assert.rejects(world.services.downloadMedia(request, AbortSignal.timeout(20)));
    await until(async () => (await download('PICTURE')).data.cached, 'file');
    assert.equal(calls, 1);
  });

  it('ask an engine that needs no keys for a message without them', async () => {
    await open({ webjs: handler('webjs') });
    const { data, meta } = await download('KEYLESS');
    assert.deepEqual([data.mime, meta?.engine, engines()], ['image/png', 'webjs', ['webjs']]);
    answers.NOTHING = new TandemError('MESSAGE_NOT_FOUND');
    const { details } = await failsWith('MEDIA_METADATA_MISSING', () => download('NOTHING'));
    assert.deepEqual(details, { could: ['webjs'] });
  });

  it('say what is missing where no such engine is there', async () => {
    await open();
    await failsWith('MEDIA_METADATA_MISSING', () => download('KEYLESS'));
    await failsWith('NO_MEDIA_CONTENT', () => download('BOOK0000000000001'));
    await failsWith('MESSAGE_NOT_FOUND', () => download('NEVER'));
    await world.learn([
      { kind: 'revoke', chat: club, id: 'PICTURE', fromMe: false, sender: bert.lid, at: NOW_SECONDS },
    ]);
    await failsWith('NO_MEDIA_CONTENT', () => download('PICTURE'));
    assert.deepEqual(asked, []);
  });

  it('ask the other engine for what one cannot get any more', async () => {
    await open({ webjs: handler('webjs') });
    answers['baileys PICTURE'] = new TandemError('MEDIA_EXPIRED', { engine: 'baileys' });
    const { meta } = await download('PICTURE');
    assert.deepEqual(meta, {
      engine: 'webjs',
      routed_from: 'baileys',
      attempts: 2,
      degraded: true,
      degraded_reason: 'baileys: MEDIA_EXPIRED',
    });
    answers.VOICE = new TandemError('MEDIA_EXPIRED', { engine: 'baileys' });
    answers['webjs VOICE'] = new TandemError('MESSAGE_NOT_FOUND', { engine: 'webjs' });
    await failsWith('MEDIA_EXPIRED', () => download('VOICE'));
    answers['baileys VOICE'] = new TandemError('MEDIA_EXPIRED', { details: { phone: 'lost' } });
    answers['webjs VOICE'] = new TandemError('MEDIA_EXPIRED');
    const { details } = await failsWith('MEDIA_EXPIRED', () => download('VOICE'));
    assert.equal(details?.phone, 'lost');
  });

  it('take nothing that is too large, by what is declared or by what comes', async () => {
    await open({ config: { mediaMaxMb: 1 } });
    const { details } = await failsWith('FILE_TOO_LARGE', () => download('BIG', { max_mb: 50 }));
    assert.equal(details?.limit_bytes, 1_000_000);
    await world.learn([withFile('DECLARED', PNG, { media: { bytes: 2_000_000, ...KEYS } })]);
    const declared = await failsWith('FILE_TOO_LARGE', () => download('DECLARED'));
    assert.deepEqual(declared.details, { limit_bytes: 1_000_000, bytes: 2_000_000 });
    answers.PICTURE = new TandemError('MEDIA_DOWNLOAD_FAILED', { details: { reason: 'too-large' } });
    await failsWith('FILE_TOO_LARGE', () => download('PICTURE'));
  });

  it('keep nothing that is not what the message promised', async () => {
    await open();
    answers.PICTURE = Buffer.from('noise');
    const { details } = await failsWith('MEDIA_DOWNLOAD_FAILED', () => download('PICTURE'));
    assert.equal(details?.reason, 'hash-mismatch');
    answers.VOICE = Buffer.alloc(0);
    await failsWith('MEDIA_DOWNLOAD_FAILED', () => download('VOICE'));
    answers.PICTURE = PNG;
    assert.equal((await download('PICTURE')).data.cached, false);
  });

  it('stop at the quota, and at so many a minute', async () => {
    await open({ config: { mediaQuotaMb: 1, downloadsPerMinute: 3 } });
    await failsWith('MEDIA_QUOTA_EXCEEDED', () => download('BIG'));
    await download('BIG', { save_to_disk: false });
    await download('PICTURE');
    const error = await failsWith('DOWNLOAD_RATE_LIMITED', () => download('VOICE'));
    assert.equal(error.retryAfterSeconds, 60);
    assert.equal((await download('PICTURE')).data.cached, true);
    world.clock.advance(60_000);
    await download('VOICE');
  });

  it('say so when the disk cannot take it', async () => {
    await open();
    writeFileSync(join(world.dir, 'media'), 'in the way');
    await failsWith('DATA_DIR_UNUSABLE', () => download('PICTURE'));
    assert.equal((await download('PICTURE', { save_to_disk: false })).data.path, undefined);
    rmSync(join(world.dir, 'media'));
    assert.ok((await download('PICTURE')).data.path);
  });

  it('are refused for a chat that does not hold the message', async () => {
    await open();
    await failsWith('MESSAGE_NOT_FOUND', () => download('PICTURE', { chat: anna.pn }));
  });
});
