import assert from 'node:assert/strict';
import type { ItemState, JobState, JobStore } from '../contracts/jobs.ts';
import { type JobBench, LEASE_MS, NOW_MS, openJobBench } from '../test-jobs.ts';

describe('wishes of the owner of a job', () => {
  let at: JobBench;
  let jobs: JobStore;
  beforeEach(async () => {
    at = await openJobBench();
    jobs = at.jobs;
  });
  afterEach(() => at.close());

  const wish = async (...args: Parameters<JobStore['setWish']>) => {
    const after = await jobs.setWish(...args);
    assert.ok(after !== null);
    return after;
  };
  const outcome = async (...args: Parameters<JobStore['setWish']>) => {
    const { job, changed } = await wish(...args);
    assert.deepEqual(await at.get(job.id), job);
    return [job.state, job.wish, changed];
  };
  const statesOf = async (...ids: string[]) => (await Promise.all(ids.map(at.get))).map((job) => job.state);
  const parts: readonly ItemState[] = ['queued', 'running', 'done', 'failed', 'skipped', 'cancelled'];
  /** A claimed job with one part in each state. */
  const claimedWithParts = async (id: string): Promise<number> => {
    await at.create(id);
    const { fence } = await at.claim(id);
    await jobs.addItems(
      id,
      fence,
      parts.map((_state, i) => ({ chatId: i, messageKey: null })),
    );
    for (const [i, state] of parts.entries()) await jobs.saveItem(id, fence, i + 1, { state, reason: 'why' });
    return fence;
  };
  /** What the owner asks for while a turn is under way. */
  const haltOf = (id: string, state: 'paused' | 'cancelled') =>
    jobs.setWish(id, state === 'paused' ? 'pause' : 'cancel');
  const partsOf = async (id: string) => (await jobs.items(id)).map((item) => item.state);

  for (const state of ['queued', 'waiting', 'paused', 'interrupted'] as const satisfies JobState[]) {
    it(`cancel a ${state} job at once, for good`, async () => {
      await at.inState('j', state);
      at.bench.clock.advance(5);
      const { job, changed } = await wish('j', 'cancel');
      assert.deepEqual(
        [job.state, job.wish, job.endedAtMs, changed],
        ['cancelled', 'cancel', NOW_MS + 5, true],
      );
      assert.deepEqual(at.lease('j'), { holder: null, until: null });
      assert.equal(await jobs.claim('j', 'b', LEASE_MS), null);
      assert.deepEqual(await outcome('j', 'cancel'), ['cancelled', 'cancel', false]);
      assert.deepEqual(await outcome('j', 'pause'), ['cancelled', 'cancel', false]);
    });
  }

  for (const state of ['queued', 'waiting', 'interrupted'] as const satisfies JobState[]) {
    it(`pause a ${state} job at once, until it is to run again`, async () => {
      await at.inState('j', state);
      assert.deepEqual(await outcome('j', 'pause'), ['paused', 'pause', true]);
      assert.deepEqual(await outcome('j', 'pause'), ['paused', 'pause', false]);
      assert.equal(await jobs.claim('j', 'b', LEASE_MS), null);
      assert.deepEqual(await outcome('j', 'run'), ['queued', 'run', true]);
      assert.deepEqual(await outcome('j', 'run'), ['queued', 'run', false]);
      await at.claim('j', 'b');
    });
  }

  it('run a waiting job at once, and say so', async () => {
    await at.create('j');
    const { fence } = await at.claim('j');
    const error = { code: 'DB_LOCKED', message: 'm', hint: 'h' } as const;
    await jobs.save('j', fence, {
      state: 'waiting',
      reason: 'phone-silent',
      error,
      nextTurnAtMs: NOW_MS + 9,
    });
    await jobs.release('j', fence);
    const { job, changed } = await wish('j', 'run');
    assert.deepEqual(
      [job.state, job.reason, job.error, job.nextTurnAtMs, changed],
      ['queued', null, null, null, true],
    );
    await at.claim('j', 'b');
  });

  it('refuse a halt that was taken back before its turn wrote it', async () => {
    await at.create('j');
    const { fence } = await at.claim('j');
    await jobs.addItems('j', fence, [{ chatId: 1, messageKey: null }]);
    await jobs.setWish('j', 'cancel');
    await jobs.setWish('j', 'run');
    assert.equal((await jobs.save('j', fence, { state: 'cancelled' })).state, 'queued');
    assert.deepEqual([await partsOf('j'), at.lease('j').holder], [['queued'], null]);
    await at.claim('j', 'b');
  });

  for (const state of ['paused', 'interrupted', 'failed', 'cancelled'] as const satisfies JobState[]) {
    it(`run a ${state} job again, and keep what it had done`, async () => {
      await at.create('j');
      const before = await at.claim('j');
      const error = { code: 'INTERNAL_ERROR', message: 'm', hint: 'h' } as const;
      await jobs.save('j', before.fence, {
        done: 4,
        total: 9,
        reason: 'silent',
        error,
        nextTurnAtMs: NOW_MS,
      });
      if (state === 'paused' || state === 'cancelled') await haltOf('j', state);
      await jobs.save('j', before.fence, { state });
      const { job, changed } = await wish('j', 'run');
      assert.deepEqual(
        [job.state, job.reason, job.error, job.endedAtMs, job.nextTurnAtMs, job.done, job.total, changed],
        ['queued', null, null, null, null, 4, 9, true],
      );
      assert.equal(job.startedAtMs, NOW_MS);
      await assert.rejects(jobs.save('j', before.fence, { done: 5 }), { code: 'JOB_FENCED' });
      assert.equal((await at.claim('j')).done, 4);
    });
  }

  it('change nothing about a completed job, nor does running it again anything about what failed below it', async () => {
    const done = await at.inState('j', 'completed');
    await at.create('child', { parentId: 'j' });
    const { fence } = await at.claim('child');
    await jobs.save('child', fence, { state: 'failed' });
    for (const one of ['run', 'pause', 'cancel'] as const)
      assert.deepEqual(await wish('j', one), { job: done, changed: false });
    assert.deepEqual(await statesOf('child'), ['failed']);
  });

  it('wait for the turn that works on the job, which sees them and follows', async () => {
    await at.create('j');
    const { fence } = await at.claim('j');
    assert.deepEqual(await outcome('j', 'pause'), ['running', 'pause', true]);
    assert.deepEqual(await outcome('j', 'pause'), ['running', 'pause', false]);
    assert.equal((await jobs.save('j', fence, { done: 1 })).wish, 'pause');
    assert.deepEqual(await outcome('j', 'run'), ['running', 'run', true]);
    assert.deepEqual(await outcome('j', 'cancel'), ['running', 'cancel', true]);
    const saved = await jobs.save('j', fence, { state: 'cancelled', reason: 'asked' });
    assert.deepEqual([saved.state, saved.reason, saved.endedAtMs], ['cancelled', 'asked', NOW_MS]);
    assert.deepEqual(at.lease('j'), { holder: null, until: null });
  });

  it('are followed at once when the lease of the turn has run out, and the turn is fenced off', async () => {
    await at.create('j');
    const { fence } = await at.claim('j');
    at.bench.clock.advance(LEASE_MS - 1);
    assert.deepEqual(await outcome('j', 'cancel'), ['running', 'cancel', true]);
    at.bench.clock.advance(1);
    assert.deepEqual(await outcome('j', 'cancel'), ['cancelled', 'cancel', true]);
    await assert.rejects(jobs.save('j', fence, { done: 1 }), { code: 'JOB_FENCED' });
    await assert.rejects(jobs.renew('j', fence, LEASE_MS), { code: 'JOB_FENCED' });
    await assert.rejects(jobs.release('j', fence), { code: 'JOB_FENCED' });
  });

  it('that the last turn did not see are followed when it lets go', async () => {
    for (const [one, state] of [
      ['cancel', 'cancelled'],
      ['pause', 'paused'],
    ] as const) {
      await at.create(`released-${one}`);
      const released = await at.claim(`released-${one}`);
      await jobs.save(released.id, released.fence, { state: 'waiting' });
      await jobs.setWish(released.id, one);
      assert.equal((await at.get(released.id)).state, 'waiting');
      await jobs.release(released.id, released.fence);
      assert.equal((await at.get(released.id)).state, state);

      await at.create(`queued-${one}`);
      const queued = await at.claim(`queued-${one}`);
      await jobs.setWish(queued.id, one);
      assert.equal((await jobs.save(queued.id, queued.fence, { state: 'queued' })).state, state);
      await jobs.release(queued.id, queued.fence);
    }
  });

  it('do not undo what a turn had completed before it saw them', async () => {
    await at.create('j');
    const { fence } = await at.claim('j');
    await jobs.setWish('j', 'cancel');
    await jobs.save('j', fence, { state: 'completed' });
    await jobs.release('j', fence);
    for (const one of ['cancel', 'run'] as const)
      assert.deepEqual(await outcome('j', one), ['completed', 'cancel', false]);
  });

  it('cancel the unfinished parts, and queue those again that did not succeed', async () => {
    const fence = await claimedWithParts('j');
    await jobs.release('j', fence);
    await jobs.setWish('j', 'cancel');
    assert.deepEqual(await partsOf('j'), [
      'cancelled',
      'cancelled',
      'done',
      'failed',
      'skipped',
      'cancelled',
    ]);
    await jobs.setWish('j', 'run');
    assert.deepEqual(await partsOf('j'), ['queued', 'queued', 'done', 'queued', 'skipped', 'queued']);
    assert.deepEqual(
      (await jobs.items('j')).map((item) => item.reason),
      [null, null, 'why', null, 'why', null],
    );
  });

  it('cancel the unfinished parts too when the turn itself ends as cancelled, and no parts when it fails', async () => {
    const held = await claimedWithParts('a');
    await haltOf('a', 'cancelled');
    await jobs.save('a', held, { state: 'cancelled' });
    assert.deepEqual(await partsOf('a'), [
      'cancelled',
      'cancelled',
      'done',
      'failed',
      'skipped',
      'cancelled',
    ]);
    await jobs.save('b', await claimedWithParts('b'), { state: 'failed' });
    assert.deepEqual(await partsOf('b'), parts);
  });

  it('reach all descendants: those that nobody works on at once, the others at their next step', async () => {
    await at.create('parent');
    await at.create('idle', { parentId: 'parent' });
    await at.create('busy', { parentId: 'parent' });
    await at.create('below', { parentId: 'busy' });
    await at.create('done', { parentId: 'parent' });
    await at.create('stranger');
    const { fence } = await at.claim('busy');
    const done = await at.claim('done');
    await jobs.save('done', done.fence, { state: 'completed' });
    const all = ['parent', 'idle', 'busy', 'below', 'done', 'stranger'];
    assert.deepEqual(await outcome('parent', 'pause'), ['paused', 'pause', true]);
    assert.deepEqual(await statesOf(...all), [
      'paused',
      'paused',
      'running',
      'paused',
      'completed',
      'queued',
    ]);
    assert.equal((await jobs.save('busy', fence, {})).wish, 'pause');
    await jobs.setWish('parent', 'run');
    assert.deepEqual(await statesOf(...all), [
      'queued',
      'queued',
      'running',
      'queued',
      'completed',
      'queued',
    ]);
    await jobs.setWish('parent', 'cancel');
    await jobs.release('busy', fence);
    assert.deepEqual(await statesOf(...all), [
      'cancelled',
      'cancelled',
      'cancelled',
      'cancelled',
      'completed',
      'queued',
    ]);
    // Something below can still be stopped when the parent itself has ended.
    await jobs.setWish('below', 'run');
    assert.deepEqual(await outcome('parent', 'cancel'), ['cancelled', 'cancel', true]);
    assert.deepEqual(await statesOf('below'), ['cancelled']);
    await jobs.setWish('parent', 'run');
    assert.deepEqual(await statesOf(...all), ['queued', 'queued', 'queued', 'queued', 'completed', 'queued']);
  });
});
