import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '#kernel/testing/until.ts';
import { createHeldHandler, createQueueRig, done, type QueueRig } from '../testing/rig.ts';

const job = (jobId: string, delayMs = 0) =>
  ({ lane: 'history', jobId, turn: 1, label: 'test', delayMs }) as const;

describe('The embedded store of the job queue', () => {
  let cacheDir: string;
  let rig: QueueRig;

  before(async () => {
    cacheDir = mkdtempSync(join(tmpdir(), 'tandem-queue-'));
  });

  after(() => rmSync(cacheDir, { recursive: true, force: true }));

  beforeEach(() => {
    rig = createQueueRig({ redisUrl: null, cacheDir });
  });

  afterEach(() => rig.closeAll());

  const cached = () => readdirSync(cacheDir).map((name) => join(cacheDir, name));

  it('sleeps until it is used, and looking at it wakes it not', async () => {
    const queue = rig.open();
    queue.work(async () => done);
    assert.equal((await queue.held()).size, 0);
    assert.equal((await queue.counts()).history.waiting, 0);
    await queue.remove('a');
    assert.equal(queue.health().state, 'asleep');
    assert.deepEqual(cached(), []);
    const woken = queue.queues();
    assert.equal(queue.health().state, 'starting');
    await woken;
    assert.equal(queue.health().state, 'up');
  });

  it('starts from what it prepared once', async () => {
    const [file = ''] = cached();
    assert.match(file, /pglite-\d+\.\d+\.\d+-bullmq-\d+\.\d+\.\d+\.bin$/);
    assert.equal(cached().length, 1);
    const made = statSync(file);
    const queue = rig.open();
    await queue.queues();
    assert.equal(statSync(file).ino, made.ino);
  });

  it('prepares anew what is torn, and what is sound but no store', async () => {
    const [file = ''] = cached();
    const sound = readFileSync(file);
    const foreign = Buffer.from('something else');
    const bad = [
      sound.subarray(0, sound.length / 2),
      Buffer.from(''),
      Buffer.concat([createHash('sha256').update(foreign).digest(), foreign]),
    ];
    for (const content of bad) {
      writeFileSync(file, content);
      const queue = rig.open();
      await queue.enqueue(job('a'));
      assert.deepEqual(await queue.held(), new Set(['a']));
      assert.ok(readFileSync(file).length > sound.length / 2);
    }
  });

  it('takes away what older versions prepared, and nothing else', async () => {
    const [file = ''] = cached();
    const old = join(cacheDir, 'embedded-queue-pglite-0.0.1-bullmq-0.0.1.bin');
    const other = join(cacheDir, 'of-somebody-else');
    for (const path of [old, other]) writeFileSync(path, '');
    rmSync(file);
    await rig.open().queues();
    assert.deepEqual(new Set(cached()), new Set([file, other]));
    rmSync(other);
  });

  it('works where nothing can be kept', async () => {
    const blocked = join(cacheDir, 'a-file');
    writeFileSync(blocked, '');
    const queue = rig.open({ cacheDir: join(blocked, 'below') });
    await queue.enqueue(job('a'));
    assert.deepEqual(await queue.held(), new Set(['a']));
    assert.match(rig.logged(), /could not be cached/);
    rmSync(blocked);
  });

  it('comes up empty in the next process, and tells so', async () => {
    const first = rig.open();
    const held = createHeldHandler({ end: 'again', afterMs: 0 });
    first.work(held.handler);
    await first.enqueue(job('a'));
    await until(() => held.started.length === 1, 'run');
    await first.close();
    assert.deepEqual(held.aborted, ['a']);
    const second = rig.open();
    let ready = 0;
    second.onReady(() => {
      ready += 1;
    });
    assert.equal((await second.held()).size, 0);
    await second.enqueue(job('b'));
    assert.equal(ready, 1);
    assert.deepEqual(await second.held(), new Set(['b']));
  });

  it('stops when idle, but not while something waits, runs or is due soon', async () => {
    const queue = rig.open({ idleStopMs: 400 });
    await queue.enqueue(job('a'));
    const held = createHeldHandler(done);
    let ends = 3;
    let asleepMeanwhile = false;
    queue.work(async (jobId, signal, turn) => {
      asleepMeanwhile ||= queue.health().state !== 'up';
      ends -= 1;
      return ends > 0 ? { end: 'again', afterMs: 300 } : held.handler(jobId, signal, turn);
    });
    await until(() => held.started.length === 1, 'last turn');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    assert.equal(queue.health().state, 'up');
    held.release();
    await until(() => queue.health().state === 'asleep', 'sleep');
    assert.equal(asleepMeanwhile, false);
    let ready = 0;
    queue.onReady(() => {
      ready += 1;
    });
    await queue.enqueue(job('a'));
    assert.equal(ready, 1);
    await until(() => held.started.length === 2, 'run in a new store');
  });

  it('sleeps through a long delay, still holds the job, and wakes for it', async () => {
    const queue = rig.open({ idleStopMs: 400 });
    let ranAt = 0;
    queue.work(async () => {
      ranAt = Date.now();
      return done;
    });
    await queue.queues();
    const asked = Date.now();
    await queue.enqueue({ ...job('a', 4_000), priority: 3 });
    await queue.enqueue(job('dropped', 60_000));
    await until(() => queue.health().state === 'asleep', 'sleep');
    assert.deepEqual(await queue.held(), new Set(['a', 'dropped']));
    await queue.remove('dropped');
    assert.deepEqual(await queue.held(), new Set(['a']));
    assert.equal(ranAt, 0);
    await until(() => ranAt > 0, 'run');
    assert.ok(ranAt - asked >= 3_990);
    await until(() => queue.health().state === 'asleep', 'second sleep');
    assert.equal((await queue.held()).size, 0);
  });
});
