import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandHandlers } from '#engines/contract/command.ts';
import { TandemError } from '#kernel/errors.ts';
import { createMediaFetch } from '#orchestrator/services/media/fetch.ts';
import { createMediaLibrary } from '#orchestrator/services/media/library.ts';
import { createMediaStore } from '#orchestrator/services/media/store.ts';
import { anna, club, message } from '#orchestrator/services/testing/sample-history.ts';
import { dieAt, EVERY_DEATH_MS, everyDeath } from '../testing/deaths.ts';
import { createJobWorld, type Death, type JobWorld } from '../testing/world.ts';
import { fetchMediaKind } from './fetch-media.ts';

const KEYS = { mediaKey: Buffer.alloc(32, 1).toString('base64'), directPath: '/v/somewhere' };
const everything = { chat: null, since: null, until: null, types: null, maxFiles: 100 };
const contentOf = (id: string) => Buffer.from(`content of ${id}`);
const hashOf = (content: Buffer) => createHash('sha256').update(content).digest('base64');

const picture = (chat: string, after: number, id: string) =>
  message(chat, after, null, {
    id,
    type: 'image',
    media: { mime: 'image/png', ...KEYS, sha256: hashOf(contentOf(id)) },
  });
const observations = [
  picture(club, 1, 'OLD'),
  picture(club, 2, 'MIDDLE'),
  message(club, 3, 'no file'),
  message(club, 4, null, { id: 'VOICE', type: 'voice', media: { mime: 'audio/ogg', ...KEYS } }),
  message(anna.pn, 5, null, { id: 'KEYLESS', type: 'image', media: { mime: 'image/png' } }),
  picture(anna.pn, 6, 'NEW'),
];

describe('fetching files, as a job', () => {
  let world: JobWorld;
  let downloads: string[];
  let answers: Record<string, TandemError | 'recovered'>;
  const serve: CommandHandlers = {
    'media.download': async ({ message: { id }, recover }) => {
      downloads.push(id);
      assert.equal(recover, true);
      const answer = answers[id];
      if (answer instanceof TandemError) throw answer;
      const content = contentOf(id);
      return {
        base64: content.toString('base64'),
        bytes: content.byteLength,
        sha256: hashOf(content),
        ...(answer === undefined ? {} : { recovered: true }),
      };
    },
  };
  const open = async (
    limits: { readonly quotaBytes?: number; readonly downloadsPerMinute?: number } = {},
  ) => {
    const { quotaBytes = 1_000_000, downloadsPerMinute = 600 } = limits;
    downloads = [];
    answers = {};
    world = await createJobWorld({
      kinds: (ports) => {
        const dir = join(ports.folder, 'media');
        const fetch = createMediaFetch({
          ...ports,
          fleet: { engines: () => [] },
          config: { downloadsPerMinute } as never,
        });
        const media = createMediaLibrary(ports.mortal(createMediaStore({ dir, quotaBytes })), fetch);
        return [fetchMediaKind({ ...ports, media, maxBytes: 1_000 })];
      },
      commands: serve,
    });
    await world.learn(observations);
  };
  beforeEach(() => open());
  afterEach(() => world.close());

  const files = () => {
    const names = readdirSync(join(world.folder, 'media'), { recursive: true, withFileTypes: true });
    return names.filter((one) => one.isFile() && one.name.includes('.')).length;
  };
  const fetch = async (change: Partial<Record<keyof typeof everything, unknown>> = {}) => {
    const { id } = await world.start('fetch-media', { ...everything, ...change } as never);
    return (await world.live()).run(id);
  };

  it('makes room at its next step for what somebody waits for', async () => {
    const { id } = await world.start('fetch-media', everything as never);
    const life = await world.live();
    world.overtaken = true;
    assert.equal(await life.turn(id), true);
    assert.deepEqual([(await world.job(id)).state, (await world.job(id)).done], ['queued', 0]);
    world.overtaken = false;
    assert.equal((await life.run(id)).state, 'completed');
  });

  it('fetches what is not on the disk, newest first, and says what came of each', async () => {
    const job = await fetch();
    assert.deepEqual([job.state, job.reason, job.done, job.total], ['completed', null, 5, 5]);
    assert.deepEqual(job.result, {
      files: 5,
      bytes: ['NEW', 'VOICE', 'MIDDLE', 'OLD'].reduce((all, id) => all + contentOf(id).byteLength, 0),
      outcomes: { downloaded: 4, MEDIA_METADATA_MISSING: 1 },
      failed: 0,
    });
    assert.deepEqual([downloads, files()], [['NEW', 'VOICE', 'MIDDLE', 'OLD'], 4]);
    const again = await fetch();
    // A file that nothing is known of is looked for again; the rest is there.
    assert.deepEqual(again.result, {
      files: 1,
      bytes: 0,
      outcomes: { MEDIA_METADATA_MISSING: 1 },
      failed: 0,
    });
    assert.equal(downloads.length, 4);
  });

  it('keeps to the chat, the time, the types and the number that were asked for', async () => {
    await fetch({ chat: club, types: ['image'] });
    assert.deepEqual(downloads, ['MIDDLE', 'OLD']);
    await fetch({ maxFiles: 1 });
    assert.deepEqual(downloads, ['MIDDLE', 'OLD', 'NEW']);
  });

  it('tells files that the phone sent again from those that it has lost, or said nothing about', async () => {
    answers = {
      NEW: 'recovered',
      VOICE: new TandemError('MEDIA_EXPIRED', { details: { phone: 'lost' } }),
      MIDDLE: new TandemError('MEDIA_EXPIRED', { details: { phone: 'silent' } }),
      OLD: new TandemError('MEDIA_DOWNLOAD_FAILED'),
    };
    const job = await fetch();
    assert.deepEqual([job.state, job.reason], ['completed', 'some-failed']);
    assert.deepEqual((job.result as { outcomes: unknown }).outcomes, {
      recovered: 1,
      'not-on-phone': 1,
      'no-answer-from-phone': 1,
      MEDIA_DOWNLOAD_FAILED: 1,
      MEDIA_METADATA_MISSING: 1,
    });
  });

  it('waits for the rate of downloads instead of failing', async () => {
    await world.close();
    await open({ downloadsPerMinute: 1 });
    const { id } = await world.start('fetch-media', everything);
    const life = await world.live();
    assert.equal(await life.turn(id), true);
    const waiting = await world.job(id);
    assert.deepEqual(
      [waiting.state, waiting.reason, downloads.length],
      ['waiting', 'downloads-per-minute', 1],
    );
    const job = await life.run(id);
    assert.deepEqual([job.state, downloads.length, files()], ['completed', 4, 4]);
  });

  it('ends with a name when the folder is full, and goes on from there once there is room', async () => {
    await world.close();
    await open({ quotaBytes: 20 });
    const full = await fetch();
    assert.deepEqual([full.state, full.error?.code, files()], ['failed', 'MEDIA_QUOTA_EXCEEDED', 1]);
    rmSync(join(world.folder, 'media'), { recursive: true });
    await world.jobs.resume(full.id, null);
    const next = await (await world.live()).run(full.id);
    assert.deepEqual(
      [next.error?.code, downloads],
      ['MEDIA_QUOTA_EXCEEDED', ['NEW', 'VOICE', 'VOICE', 'MIDDLE']],
    );
    assert.deepEqual((next.facts as { outcomes: unknown }).outcomes, {
      downloaded: 2,
      MEDIA_METADATA_MISSING: 1,
    });
  });

  it('waits while no engine is there', async () => {
    answers = { VOICE: new TandemError('NOT_CONNECTED') };
    const { id } = await world.start('fetch-media', everything);
    const life = await world.live();
    await life.turn(id);
    assert.equal((await world.job(id)).reason, 'no-engine');
    answers = {};
    assert.equal((await life.run(id)).state, 'completed');
    assert.equal(files(), 4);
  });

  it('ends at once for a chat that is not there', async () => {
    assert.equal((await fetch({ chat: '120363000000000077@g.us' })).error?.code, 'CHAT_NOT_FOUND');
  });

  it('asks for no finished file again and leaves none out, wherever it is killed', async () => {
    const whole = await world.live();
    await whole.run((await world.start('fetch-media', everything)).id);
    const calls = whole.calls();
    assert.ok(calls > 30);
    for (const death of everyDeath(calls)) {
      await world.close();
      await open();
      await killedAt(death);
    }
  }).timeout(EVERY_DEATH_MS);

  async function killedAt(death: Death): Promise<void> {
    const place = `${death.when} call ${death.at}`;
    const { id } = await world.start('fetch-media', everything);
    await dieAt(death, world, id);
    const finished = (await world.items(id)).filter(({ state }) => state === 'done').length;
    const before = downloads.length;
    const job = await (await world.live()).run(id);
    assert.deepEqual([job.state, files()], ['completed', 4], place);
    const { outcomes, files: count } = job.result as { outcomes: Record<string, number>; files: number };
    assert.equal((outcomes.downloaded ?? 0) + (outcomes['already-there'] ?? 0), 4, place);
    assert.equal(count, 5, place);
    assert.ok(downloads.length - before <= 4 - finished, place);
  }
});
