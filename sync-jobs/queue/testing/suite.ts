import assert from 'node:assert/strict';
import { TandemError } from '#kernel/errors.ts';
import { until } from '#kernel/testing/until.ts';
import { lanes, type QueuedJob } from '../port.ts';
import { createHeldHandler, done, type QueueRig } from './rig.ts';

const job = (jobId: string, more: Partial<QueuedJob> = {}): QueuedJob => ({
  lane: 'history',
  jobId,
  turn: 1,
  label: 'test',
  ...more,
});

/** What every store must do alike. */
export function describeQueueContract(openRig: () => Promise<QueueRig>): void {
  let rig: QueueRig;

  beforeEach(async () => {
    rig = await openRig();
  });

  afterEach(() => rig.closeAll());

  it('runs a job that was handed over, and keeps nothing of it but the id', async () => {
    const queue = rig.open();
    const ran: string[] = [];
    queue.work(async (jobId) => {
      ran.push(jobId);
      return done;
    });
    await queue.enqueue(job('job-1'));
    await until(async () => (await queue.counts()).history.completed === 1, 'run of the job');
    assert.deepEqual(ran, ['job-1']);
    assert.equal((await queue.held()).size, 0);
    const [entry] = (await (await queue.queues())[0]?.getJobs('completed')) ?? [];
    assert.deepEqual(entry?.data, { jobId: 'job-1' });
    assert.equal(queue.health().state, 'up');
  });

  it('runs one turn once however often it is handed over, and the next turn again', async () => {
    const queue = rig.open();
    const ran: string[] = [];
    await Promise.all([1, 1, 1].map((turn) => queue.enqueue(job('a', { turn }))));
    queue.work(async (jobId) => {
      ran.push(jobId);
      return done;
    });
    await queue.enqueue(job('marker'));
    await until(() => ran.includes('marker'), 'run of both');
    assert.deepEqual(ran, ['a', 'marker']);
    await queue.enqueue(job('a'));
    await queue.enqueue(job('a', { turn: 2 }));
    await until(async () => (await queue.counts()).history.completed === 3, 'second turn');
    assert.deepEqual(ran, ['a', 'marker', 'a']);
  });

  it('carries any id unchanged', async () => {
    const queue = rig.open();
    const ids = ['12', 'sync:1:2', 'a.b.3', '100%', 'ä b/c', '1@lid'];
    const ran = new Set<string>();
    await Promise.all(ids.map((id) => queue.enqueue(job(id))));
    assert.deepEqual(await queue.held(), new Set(ids));
    queue.work(async (jobId) => {
      ran.add(jobId);
      return done;
    });
    await until(async () => (await queue.counts()).history.completed === ids.length, 'run of all');
    assert.deepEqual(ran, new Set(ids));
  });

  it('gives a job that wants another turn one after its pause, and holds it meanwhile', async () => {
    const queue = rig.open();
    const ends = [500, 0];
    const ran: number[] = [];
    queue.work(async () => {
      ran.push(Date.now());
      const afterMs = ends.shift();
      return afterMs === undefined ? done : { end: 'again', afterMs };
    });
    await queue.enqueue(job('a'));
    await until(async () => (await queue.counts()).history.delayed === 1, 'pause');
    assert.deepEqual(await queue.held(), new Set(['a']));
    await until(async () => (await queue.counts()).history.completed === 1, 'end');
    assert.equal(ran.length, 3);
    assert.ok((ran[1] ?? 0) - (ran[0] ?? 0) >= 490);
  });

  it('begins a delayed job no sooner than asked', async () => {
    const queue = rig.open();
    let ranAt = 0;
    queue.work(async () => {
      ranAt = Date.now();
      return done;
    });
    await queue.queues(); // a start takes its time too
    const asked = Date.now();
    await queue.enqueue(job('a', { delayMs: 1_500 }));
    assert.deepEqual(await queue.held(), new Set(['a']));
    await until(() => ranAt > 0, 'run');
    assert.ok(ranAt - asked >= 1_490);
  });

  it('runs what has no priority first, then the lower number', async () => {
    const queue = rig.open();
    const ran: string[] = [];
    for (const [id, priority] of [
      ['third', 9],
      ['second', 2],
      ['fourth', 100],
    ] as const) {
      await queue.enqueue(job(id, { priority })); // one after the other, so that the order of coming is another
    }
    await queue.enqueue(job('first'));
    assert.equal((await queue.counts()).history.waiting, 4);
    queue.work(async (jobId) => {
      ran.push(jobId);
      return done;
    });
    await until(() => ran.length === 4, 'run of all');
    assert.deepEqual(ran, ['first', 'second', 'third', 'fourth']);
  });

  it('fails a turn that throws with a code alone, and goes on with the next', async () => {
    const queue = rig.open();
    queue.work(async (jobId) => {
      if (jobId === 'bad') throw new Error('SECRET words of a stranger\0 with a NUL');
      if (jobId === 'known') throw new TandemError('PHONE_OFFLINE', { message: 'SECRET\0' });
      return done;
    });
    for (const id of ['bad', 'known', 'good']) await queue.enqueue(job(id));
    await until(async () => (await queue.counts()).history.completed === 1, 'run of the good one');
    const counts = (await queue.counts()).history;
    assert.deepEqual([counts.failed, counts.active, counts.waiting], [2, 0, 0]);
    assert.equal((await queue.held()).size, 0);
    const failed = (await (await queue.queues())[0]?.getJobs('failed')) ?? [];
    assert.deepEqual(failed.map((one) => one.failedReason).sort(), ['INTERNAL_ERROR', 'PHONE_OFFLINE']);
    assert.doesNotMatch(JSON.stringify(failed.map((one) => one.asJSON())), /SECRET/);
    assert.doesNotMatch(rig.logged(), /SECRET/);
  });

  it('drops a removed job that waits or is delayed', async () => {
    const queue = rig.open();
    await queue.enqueue(job('waiting'));
    await queue.enqueue(job('ranked', { priority: 5 }));
    await queue.enqueue(job('delayed', { delayMs: 60_000, lane: 'media' }));
    await queue.enqueue(job('kept'));
    for (const id of ['waiting', 'ranked', 'delayed']) await queue.remove(id);
    assert.deepEqual(await queue.held(), new Set(['kept']));
  });

  it('tells a running turn that its job was removed, and gives it no other', async () => {
    const queue = rig.open();
    const held = createHeldHandler({ end: 'again', afterMs: 0 });
    queue.work(held.handler);
    await queue.enqueue(job('a'));
    await until(() => held.started.length === 1, 'run');
    assert.deepEqual(await queue.held(), new Set(['a']));
    await queue.remove('a');
    await until(async () => (await queue.held()).size === 0, 'end of what is held');
    assert.deepEqual([held.started, held.aborted], [['a'], ['a']]);
  });

  it('never runs two turns of a job at once in one process', async () => {
    const queue = rig.open();
    let now = 0;
    let most = 0;
    let ran = 0;
    const gate = Promise.withResolvers<void>();
    queue.work(async () => {
      now += 1;
      most = Math.max(most, now);
      await gate.promise;
      now -= 1;
      ran += 1;
      return done;
    });
    await queue.enqueue(job('a', { lane: 'actions' }));
    await queue.enqueue(job('a', { lane: 'actions', turn: 2 }));
    await until(async () => (await queue.counts()).actions.delayed === 1, 'second that stands back');
    gate.resolve();
    await until(() => ran === 2, 'run of both');
    assert.equal(most, 1);
  });

  it('runs as many turns of a lane at once as it was told', async () => {
    const queue = rig.open();
    const held = createHeldHandler(done);
    queue.work(held.handler);
    for (let n = 0; n < 6; n++) await queue.enqueue(job(`a${n}`, { lane: 'actions' }));
    await queue.enqueue(job('h1'));
    await queue.enqueue(job('h2'));
    await until(() => held.started.length === 5, 'run of five');
    const counts = await queue.counts();
    assert.deepEqual([counts.actions.active, counts.actions.waiting], [4, 2]);
    assert.deepEqual([counts.history.active, counts.history.waiting], [1, 1]);
    held.release();
    await until(() => held.started.length === 8, 'run of all');
  });

  it('shows one queue a lane to the dashboard', async () => {
    const queue = rig.open();
    assert.deepEqual(
      (await queue.queues()).map((one) => one.name),
      [...lanes],
    );
  });

  it('tells whoever listens that it came up, until they stop listening', async () => {
    const queue = rig.open();
    let heard = 0;
    const stop = queue.onReady(() => {
      heard += 1;
    });
    let other = 0;
    queue.onReady(() => {
      other += 1;
      throw new Error('a listener must not harm the queue');
    });
    stop();
    await queue.enqueue(job('a'));
    assert.deepEqual([heard, other], [0, 1]);
    assert.deepEqual(await queue.held(), new Set(['a']));
  });

  it('waits at the end for turns that yield, and takes nothing afterwards', async () => {
    const queue = rig.open();
    const held = createHeldHandler(done);
    queue.work(held.handler);
    await queue.enqueue(job('a'));
    await until(() => held.started.length === 1, 'run');
    await queue.close();
    assert.deepEqual(held.aborted, ['a']);
    await assert.rejects(queue.enqueue(job('b')), { code: 'SHUTTING_DOWN' });
    await assert.rejects(queue.queues(), { code: 'SHUTTING_DOWN' });
  });

  it('does not wait for ever for a turn that does not yield', async () => {
    const queue = rig.open({ timing: { closeGraceMs: 200 } });
    const stuck = Promise.withResolvers<typeof done>();
    let started = false;
    queue.work(() => {
      started = true;
      return stuck.promise;
    });
    await queue.enqueue(job('a'));
    await until(() => started, 'run');
    await queue.close();
    stuck.resolve(done);
  });
}
