import assert from 'node:assert/strict';
import type { JobStore } from '../contracts/jobs.ts';
import { type JobBench, LEASE_MS, NOW_MS, openJobBench } from '../test-jobs.ts';

const fenced = { code: 'JOB_FENCED' };
const nobodyIsGone = () => false;

describe('turns of a job', () => {
  let at: JobBench;
  let jobs: JobStore;
  beforeEach(async () => {
    at = await openJobBench();
    jobs = at.jobs;
  });
  afterEach(() => at.close());

  it('begin with a claim that nobody else gets', async () => {
    await at.create('j');
    at.bench.clock.advance(10);
    const first = await at.claim('j', 'a');
    assert.deepEqual(
      [first.state, first.fence, first.startedAtMs, first.updatedAtMs],
      ['running', 1, NOW_MS + 10, NOW_MS + 10],
    );
    assert.deepEqual(at.lease('j'), { holder: 'a', until: NOW_MS + 10 + LEASE_MS });
    assert.equal(await jobs.claim('j', 'b', LEASE_MS), null);
    assert.equal(await jobs.claim('j', 'a', LEASE_MS), null);
    assert.deepEqual(await at.get('j'), first);
  });

  it('may be taken over once the lease has run out, and then the first holder writes nothing more', async () => {
    await at.create('j');
    const first = await at.claim('j', 'a');
    at.bench.clock.advance(LEASE_MS - 1);
    assert.equal(await jobs.claim('j', 'b', LEASE_MS), null);
    at.bench.clock.advance(1);
    const second = await at.claim('j', 'b');
    assert.deepEqual([second.fence, second.startedAtMs], [2, NOW_MS]);
    await assert.rejects(jobs.save('j', first.fence, { state: 'failed', done: 9 }), fenced);
    await assert.rejects(jobs.renew('j', first.fence, LEASE_MS), fenced);
    await assert.rejects(jobs.release('j', first.fence), fenced);
    assert.deepEqual(await at.get('j'), second);
    assert.equal(at.lease('j').holder, 'b');
    assert.equal((await jobs.save('j', second.fence, { done: 1 })).done, 1);
  });

  it('go on after their own lease has run out as long as nobody else came', async () => {
    await at.create('j');
    const { fence } = await at.claim('j');
    at.bench.clock.advance(10 * LEASE_MS);
    await jobs.save('j', fence, { done: 1 });
    assert.equal(await jobs.claim('j', 'b', LEASE_MS), null);
  });

  it('keep the job with every save and renewal', async () => {
    await at.create('j');
    const { fence } = await at.claim('j');
    at.bench.clock.advance(1_000);
    await jobs.save('j', fence, { done: 1 });
    assert.equal(at.lease('j').until, NOW_MS + 1_000 + LEASE_MS);
    await jobs.renew('j', fence, 5_000);
    assert.equal(at.lease('j').until, NOW_MS + 6_000);
    at.bench.clock.advance(1_000);
    await jobs.save('j', fence, { state: 'waiting' });
    assert.deepEqual(at.lease('j'), { holder: 'a', until: NOW_MS + 7_000 });
  });

  it('write what changes and leave the rest', async () => {
    await at.create('j', { total: 3 });
    const { fence } = await at.claim('j');
    const error = { code: 'INTERNAL_ERROR', message: 'm', hint: 'h' } as const;
    const change = {
      state: 'waiting',
      reason: 'phone-offline',
      done: 2,
      total: 5,
      facts: { pages: 1 },
      result: [1],
      error,
      nextTurnAtMs: NOW_MS + 9,
    } as const;
    at.bench.clock.advance(1);
    const saved = await jobs.save('j', fence, change);
    assert.deepEqual(saved, { ...(await at.get('j')), ...change, updatedAtMs: NOW_MS + 1 });
    assert.deepEqual(await jobs.save('j', fence, {}), saved);
    const nothing = { reason: null, total: null, facts: null, result: null, error: null, nextTurnAtMs: null };
    assert.deepEqual(await jobs.save('j', fence, nothing), { ...saved, ...nothing });
  });

  it('forget at the next claim why the job waited', async () => {
    await at.create('j');
    const { fence } = await at.claim('j');
    await jobs.save('j', fence, { state: 'waiting', reason: 'pace', nextTurnAtMs: NOW_MS + 9 });
    await jobs.release('j', fence);
    const next = await at.claim('j');
    assert.deepEqual([next.state, next.reason, next.nextTurnAtMs], ['running', null, null]);
  });

  for (const state of ['completed', 'failed', 'cancelled'] as const)
    it(`end as ${state}: nobody holds, claims, changes or interrupts the job any more`, async () => {
      await at.create('j');
      const { fence } = await at.claim('j');
      at.bench.clock.advance(7);
      if (state === 'cancelled') await jobs.setWish('j', 'cancel');
      const saved = await jobs.save('j', fence, { state, reason: 'how', nextTurnAtMs: NOW_MS + 99 });
      assert.deepEqual(
        [saved.state, saved.reason, saved.endedAtMs, saved.nextTurnAtMs],
        [state, 'how', NOW_MS + 7, null],
      );
      assert.deepEqual(at.lease('j'), { holder: null, until: null });
      assert.equal(await jobs.claim('j', 'b', LEASE_MS), null);
      await assert.rejects(jobs.save('j', fence, { state: 'running' }), fenced);
      // Timers and clean-up of a turn that has ended its job itself.
      await jobs.renew('j', fence, LEASE_MS);
      await jobs.release('j', fence);
      assert.deepEqual(await jobs.interruptAbandoned(() => true), []);
      assert.deepEqual(await at.get('j'), saved);
      assert.deepEqual(at.lease('j'), { holder: null, until: null });
    });

  for (const state of ['queued', 'paused', 'interrupted'] as const)
    it(`give the job back when they leave it ${state}`, async () => {
      await at.create('j');
      const { fence } = await at.claim('j');
      if (state === 'paused') await jobs.setWish('j', 'pause');
      assert.equal((await jobs.save('j', fence, { state })).endedAtMs, null);
      assert.deepEqual(at.lease('j'), { holder: null, until: null });
      await jobs.renew('j', fence, LEASE_MS);
      assert.deepEqual(at.lease('j'), { holder: null, until: null });
      const claimed = await jobs.claim('j', 'b', LEASE_MS);
      assert.equal(claimed?.fence, state === 'paused' ? undefined : 2);
    });

  it('give the lease back and leave the state', async () => {
    await at.create('j');
    const { fence } = await at.claim('j');
    await jobs.save('j', fence, { state: 'waiting', reason: 'child' });
    await jobs.release('j', fence);
    const after = await at.get('j');
    assert.deepEqual([after.state, after.reason, after.fence], ['waiting', 'child', fence]);
    assert.deepEqual(at.lease('j'), { holder: null, until: null });
    await jobs.release('j', fence);
    assert.equal((await at.claim('j', 'b')).fence, fence + 1);
  });

  it('that a process left in the middle are interrupted, and no others', async () => {
    for (const id of ['early', 'late', 'mine', 'waits', 'rests', 'queued']) await at.create(id);
    const early = await at.claim('early', 'old-life');
    await at.claim('mine', 'this-life');
    const rests = await at.claim('rests', 'old-life');
    await jobs.save('rests', rests.fence, { state: 'waiting' });
    await jobs.release('rests', rests.fence);
    const waits = await at.claim('waits', 'old-life');
    await jobs.save('waits', waits.fence, { state: 'waiting', reason: 'pace' });
    await jobs.claim('late', 'this-life', 1_000);
    at.bench.clock.advance(1_000);
    const ids = await jobs.interruptAbandoned((holder) => holder === 'old-life');
    assert.deepEqual(ids, ['early', 'late', 'waits']);
    const states = await Promise.all(['mine', 'rests', 'queued', ...ids].map(at.get));
    assert.deepEqual(
      states.map((job) => job.state),
      ['running', 'waiting', 'queued', 'interrupted', 'interrupted', 'interrupted'],
    );
    assert.equal((await at.get('waits')).reason, null);
    assert.deepEqual(at.lease('early'), { holder: null, until: null });
    await assert.rejects(jobs.save('early', early.fence, { done: 1 }), fenced);
    assert.deepEqual(await jobs.interruptAbandoned(nobodyIsGone), []);
    assert.equal((await at.claim('early', 'this-life')).state, 'running');
  });

  it('that ended without a word are interrupted too, though nobody holds the job', async () => {
    await at.create('j');
    const { fence } = await at.claim('j');
    await jobs.release('j', fence);
    assert.equal((await at.get('j')).state, 'running');
    assert.deepEqual(await jobs.interruptAbandoned(nobodyIsGone), ['j']);
  });

  it('that died before they saw the wish of the owner leave the job to that wish', async () => {
    for (const id of ['cancelled', 'paused']) {
      await at.create(id);
      await at.claim(id, 'old-life');
      await jobs.setWish(id, id === 'paused' ? 'pause' : 'cancel');
    }
    assert.deepEqual(await jobs.interruptAbandoned(() => true), []);
    assert.equal((await at.get('paused')).state, 'paused');
    const cancelled = await at.get('cancelled');
    assert.deepEqual([cancelled.state, cancelled.endedAtMs], ['cancelled', NOW_MS]);
  });
});
