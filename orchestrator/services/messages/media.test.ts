import assert from 'node:assert/strict';
import type { CommandInput } from '#engines/contract/command.ts';
import type { MessageObservation } from '#engines/contract/message.ts';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import { anna, bert, club, message } from '../testing/sample-history.ts';
import { createWorld, type World, type WorldOptions } from '../testing/world.ts';
import type { MediaRequest } from './media.ts';

const KEY = Buffer.alloc(32, 1).toString('base64');

/** Files of a chat, newest first as they are listed. */
function file(id: string, at: number, mime: string, bytes: number, type: MessageObservation['type']) {
  return message(club, at, null, { id, type, media: { mime, bytes, mediaKey: KEY, directPath: `/${id}` } });
}

describe('files in a list of messages', () => {
  let world: World;
  let asked: CommandInput<'media.download'>[];
  const open = async (fail: Readonly<Record<string, ErrorCode>> = {}, options: WorldOptions = {}) => {
    asked = [];
    world = await createWorld({
      commands: {
        'media.download': (input) => {
          asked.push(input);
          const code = fail[input.message.id];
          if (code !== undefined) return Promise.reject(new TandemError(code));
          const base64 = Buffer.from(`bytes of ${input.message.id}`).toString('base64');
          return Promise.resolve({ base64, bytes: 9, sha256: '' });
        },
      },
      ...options,
    });
    await world.learn([
      file('DOCUMENT00000001', 1_000, 'application/pdf', 5_000, 'document'),
      file('VIDEO00000000001', 1_001, 'video/mp4', 9_000_000, 'video'),
      file('VOICE00000000001', 1_002, 'audio/ogg; codecs=opus', 20_000, 'voice'),
      file('PICTURE000000001', 1_003, 'image/jpeg', 200_000, 'image'),
    ]);
  };
  afterEach(() => world.close());
  const list = async (request: MediaRequest, chat = club, limit = 4) => {
    const { data, images, audio } = await world.services.messages.list({
      chat,
      order: 'newest',
      limit,
      include_context: false,
      context_before: 0,
      context_after: 0,
      response_format: 'concise',
      ...request,
    });
    const status = data.messages.map(({ media }) => [media?.status, media?.reason ?? media?.block]);
    return { data, images, audio, status };
  };

  it('are not mentioned further unless asked for', async () => {
    await open();
    const { data, images } = await list({});
    assert.deepEqual(data.messages[0]?.media, { mime: 'image/jpeg', bytes: 200_000 });
    assert.deepEqual([images, asked], [undefined, []]);
  });

  it('come as blocks where clients can show them, as text where they are small, else not', async () => {
    await open();
    const { data, images, audio, status } = await list({ include_full_data: true });
    assert.deepEqual(status, [
      ['ok', 'image 1'],
      ['ok', 'audio 1'],
      ['skipped', 'too_large'],
      ['ok', undefined],
    ]);
    const bytes = (id: string) => Buffer.from(`bytes of ${id}`).toString('base64');
    assert.deepEqual(images, [{ mimeType: 'image/jpeg', base64: bytes('PICTURE000000001') }]);
    assert.deepEqual(audio, [{ mimeType: 'audio/ogg', base64: bytes('VOICE00000000001') }]);
    assert.equal(data.messages[3]?.media?.base64, bytes('DOCUMENT00000001'));
    const [picture] = asked;
    assert.deepEqual(picture?.message, {
      chat: club,
      id: 'PICTURE000000001',
      fromMe: false,
      sender: bert.lid,
    });
    assert.deepEqual([picture.type, picture.media.directPath], ['image', '/PICTURE000000001']);
  });

  it('stop at the limit; without full data only their status is told', async () => {
    await open();
    assert.deepEqual(
      (await list({ include_full_data: true, media_limit: 1 })).status.map(([, why]) => why),
      ['image 1', 'media_limit', 'media_limit', 'media_limit'],
    );
    assert.deepEqual((await list({ include_media: true })).status[0], ['skipped', 'include_full_data']);
    assert.equal(asked.length, 1);
    const [photo] = (await list({ include_full_data: true }, anna.pn, 1)).status;
    assert.deepEqual(photo, ['not_available', 'MEDIA_METADATA_MISSING']);
  });

  it('that fail leave the list as it is', async () => {
    await open({ PICTURE000000001: 'MEDIA_EXPIRED', VOICE00000000001: 'MEDIA_DOWNLOAD_FAILED' });
    const { status, images } = await list({ include_full_data: true });
    assert.deepEqual(status.slice(0, 2), [
      ['not_available', 'MEDIA_EXPIRED'],
      ['error', 'MEDIA_DOWNLOAD_FAILED'],
    ]);
    assert.deepEqual(images, []);
    world.setEngine({ level: 'recovering', reason: 'connection-lost' });
    assert.deepEqual((await list({ include_full_data: true })).status[0], ['error', 'NOT_CONNECTED']);
  });

  it('are fetched thirty times a minute at most', async () => {
    await open();
    for (let n = 0; n < 30; n += 1) await world.history.rates.take('media', 30, 60_000, world.clock.now());
    assert.deepEqual((await list({ include_full_data: true })).status[0], ['skipped', 'RATE_LIMITED']);
    world.clock.advance(60_000);
    assert.equal((await list({ include_full_data: true })).status[0]?.[0], 'ok');
  });

  it('never fill more than an answer can hold', async () => {
    await open();
    const many = Array.from({ length: 6 }, (_, n) =>
      file(`LARGE${n}0000000000`, 2_000 + n, 'image/png', 900_000, 'image'),
    );
    await world.learn(many);
    const { status } = await list({ include_full_data: true, media_limit: 10 }, club, 6);
    assert.deepEqual(
      status.map(([what]) => what),
      ['ok', 'ok', 'ok', 'skipped', 'skipped', 'skipped'],
    );
  });
});
