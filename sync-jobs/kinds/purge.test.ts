import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { TandemError } from '#kernel/errors.ts';
import { createMediaLibrary } from '#orchestrator/services/media/library.ts';
import { createMediaStore, type MediaStore } from '#orchestrator/services/media/store.ts';
import { club, message, START_SECONDS } from '#orchestrator/services/testing/sample-history.ts';
import { retentionLimit, startPurgeWhenDue } from '../purge-due.ts';
import { dieAt, EVERY_DEATH_MS, everyDeath } from '../testing/deaths.ts';
import { createJobWorld, type Death, type JobWorld } from '../testing/world.ts';
import { purgeKind } from './purge.ts';

const CUT = 1_000;
const before = START_SECONDS + CUT;
const contentOf = (id: string) => Buffer.from(`content of ${id}`);
const hexOf = (id: string) => createHash('sha256').update(contentOf(id)).digest('hex');
const picture = (after: number, id: string, file = id) =>
  message(club, after, null, {
    id,
    type: 'image',
    media: { mime: 'image/png', sha256: Buffer.from(hexOf(file), 'hex').toString('base64') },
  });

describe('deleting old messages, as a job', () => {
  let world: JobWorld;
  let files: MediaStore;
  const open = async (texts = 3) => {
    world = await createJobWorld({
      kinds: (ports) => {
        files = createMediaStore({ dir: join(ports.folder, 'media'), quotaBytes: 1_000_000 });
        const media = createMediaLibrary(ports.mortal(files), {
          check: () => undefined,
          fetch: () => Promise.reject(new Error('nothing is fetched')),
        });
        return [purgeKind({ ...ports, media })];
      },
    });
    world.clock.advance((START_SECONDS + 10 * CUT) * 1_000 - world.clock.now());
    await world.learn([
      ...Array.from({ length: texts }, (_, n) => message(club, n, 'old', { id: `OLD${n}` })),
      picture(CUT - 2, 'GONE'),
      picture(CUT - 1, 'SHARED'),
      picture(CUT + 1, 'KEPT', 'SHARED'),
      message(club, CUT + 2, 'new', { id: 'NEW' }),
    ]);
    for (const id of ['GONE', 'SHARED']) await files.put(contentOf(id), hexOf(id), 'png');
  };
  beforeEach(() => open());
  afterEach(() => world.close());

  const left = async () =>
    (await world.history.messages.list({ order: 'oldest', limit: 9 })).items.map(({ id }) => id);
  const purge = async () => (await world.live()).run((await world.start('purge', { before })).id);

  it('makes room at its next step for what somebody waits for', async () => {
    const { id } = await world.start('purge', { before });
    const life = await world.live();
    world.overtaken = true;
    assert.equal(await life.turn(id), true);
    assert.deepEqual([(await world.job(id)).state, (await world.job(id)).done], ['queued', 0]);
    world.overtaken = false;
    assert.equal((await life.run(id)).state, 'completed');
  });

  it('deletes messages and the files that only they named, and counts both', async () => {
    const job = await purge();
    assert.deepEqual([job.state, job.result], ['completed', { before, messages: 5, files: 1 }]);
    assert.deepEqual(await left(), ['KEPT', 'NEW']);
    assert.deepEqual([await files.has(hexOf('GONE')), await files.has(hexOf('SHARED'))], [false, true]);
    assert.equal(await world.history.maintenance.purgedBefore(), before);
  });

  it('goes on after a kill at any place, and leaves neither a message nor a file', async () => {
    const whole = await world.live();
    await whole.run((await world.start('purge', { before })).id);
    const calls = whole.calls();
    assert.ok(calls >= 8);
    for (const death of everyDeath(calls)) {
      await world.close();
      await open();
      await killedAt(death);
    }
  }).timeout(EVERY_DEATH_MS);

  async function killedAt(death: Death): Promise<void> {
    const { id } = await world.start('purge', { before });
    await dieAt(death, world, id);
    const job = await (await world.live()).run(id);
    assert.equal(job.state, 'completed');
    assert.deepEqual(await left(), ['KEPT', 'NEW']);
    assert.deepEqual([await files.has(hexOf('GONE')), await files.has(hexOf('SHARED'))], [false, true]);
    const { media, done } = await world.history.maintenance.purge(before, 9);
    assert.deepEqual([media, done], [[], true]);
  }

  it('works in steps, and stops between two of them when it is cancelled', async () => {
    await world.close();
    await open(1_200);
    const { id } = await world.start('purge', { before });
    const purged = world.history.maintenance.purge;
    let steps = 0;
    world.history.maintenance.purge = async (...args) => {
      steps += 1;
      if (steps === 2) await world.jobs.cancel(id, null);
      return purged(...args);
    };
    const job = await (await world.live()).run(id);
    assert.deepEqual([job.state, steps], ['cancelled', 2]);
    assert.deepEqual((job.facts as { messages: number }).messages, 1_000);
  });

  it('starts by itself when something is older than retention allows, once at a time', async () => {
    const { clock, jobs, history } = world;
    const due = (retentionDays: number) => startPurgeWhenDue(jobs, { retentionDays, history, clock });
    assert.equal(await due(0), null);
    assert.equal(await due(30), null);
    clock.advance(31 * 86_400_000);
    const id = await due(30);
    assert.ok(id !== null);
    assert.equal(await due(30), null);
    assert.deepEqual((await world.job(id)).args, { before: retentionLimit(30, clock) });
    await assert.rejects(jobs.get(id, 'mcp'), new TandemError('JOB_NOT_FOUND'));
    await (await world.live()).run(id);
    assert.deepEqual(await left(), []);
    clock.advance(3_600_000);
    assert.equal(await due(30), null);
  });
});
