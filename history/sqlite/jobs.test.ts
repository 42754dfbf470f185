import assert from 'node:assert/strict';
import type { JobState, JobStore, NewJob } from '../contracts/jobs.ts';
import { type JobBench, LEASE_MS, NOW_MS, openJobBench } from '../test-jobs.ts';

describe('jobs', () => {
  let at: JobBench;
  let jobs: JobStore;
  beforeEach(async () => {
    at = await openJobBench();
    jobs = at.jobs;
  });
  afterEach(() => at.close());

  it('hold what was asked for, and nothing has happened to them yet', async () => {
    const made = await at.create('j', { priority: 3, total: 9, args: { chat: 'x', deep: [null, true] } });
    assert.deepEqual(made, {
      id: 'j',
      kind: 'history',
      owner: 'mcp',
      fingerprint: 'j',
      args: { chat: 'x', deep: [null, true] },
      state: 'queued',
      wish: 'run',
      reason: null,
      priority: 3,
      done: 0,
      total: 9,
      facts: null,
      result: null,
      error: null,
      parentId: null,
      turn: 0,
      fence: 0,
      nextTurnAtMs: null,
      createdAtMs: NOW_MS,
      startedAtMs: null,
      updatedAtMs: NOW_MS,
      endedAtMs: null,
    });
    assert.deepEqual(await jobs.get('j'), made);
    assert.equal(await jobs.get('unknown'), null);
  });

  it('are joined by the same request while they are unfinished, whatever they do', async () => {
    const first = await at.create('first', { fingerprint: 'f' });
    const again = (id: string, change: Partial<NewJob> = {}) =>
      jobs.create({ id, kind: 'history', owner: 'mcp', fingerprint: 'f', args: null, ...change });
    assert.deepEqual(await again('x1'), { job: first, joined: true });
    assert.equal(await jobs.get('x1'), null);
    assert.equal((await again('other-owner', { owner: 'cli' })).joined, false);
    assert.equal((await again('other-kind', { kind: 'purge' })).joined, false);
    assert.equal((await again('other-request', { fingerprint: 'g' })).joined, false);
    const { fence } = await at.claim('first');
    assert.equal((await again('x2')).job.id, 'first');
    await jobs.save('first', fence, { state: 'waiting' });
    assert.equal((await again('x3')).job.id, 'first');
    await jobs.release('first', fence);
    await jobs.setWish('first', 'pause');
    assert.equal((await again('x4')).job.state, 'paused');
    await jobs.setWish('first', 'cancel');
    assert.equal((await again('x5')).joined, false);
  });

  it('are not joined once their owner cancels them, though a turn still works on them', async () => {
    await at.create('old', { fingerprint: 'f' });
    await at.claim('old');
    await jobs.setWish('old', 'cancel');
    assert.equal((await at.get('old')).state, 'running');
    assert.equal((await at.create('new', { fingerprint: 'f' })).id, 'new');
  });

  it('that a stopped parent makes are stopped with it', async () => {
    await at.create('parent');
    const { fence } = await at.claim('parent');
    assert.equal((await at.create('child-1', { parentId: 'parent' })).state, 'queued');
    await jobs.setWish('parent', 'pause');
    assert.equal((await at.create('child-2', { parentId: 'parent' })).state, 'paused');
    await jobs.setWish('parent', 'cancel');
    const child = await at.create('child-3', { parentId: 'parent' });
    assert.deepEqual([child.state, child.endedAtMs], ['cancelled', NOW_MS]);
    await jobs.save('parent', fence, { state: 'cancelled' });
    assert.equal((await at.create('child-4', { parentId: 'parent' })).state, 'cancelled');
  });

  it('are listed newest first, page by page, by owner, state, kind and parent', async () => {
    const ids = (found: readonly { readonly id: string }[]) => found.map((job) => job.id);
    await at.create('a');
    await at.create('b', { kind: 'export', owner: 'cli' });
    at.bench.clock.advance(1_000);
    await at.create('c', { parentId: 'a' });
    await at.claim('c');
    assert.deepEqual(ids(await jobs.list({ limit: 10 })), ['c', 'b', 'a']);
    const [first, second] = await jobs.list({ limit: 2 });
    assert.deepEqual([first?.id, second?.id], ['c', 'b']);
    assert.ok(second !== undefined);
    assert.deepEqual(ids(await jobs.list({ limit: 2, after: second })), ['a']);
    assert.deepEqual(ids(await jobs.list({ limit: 9, owner: 'cli' })), ['b']);
    assert.deepEqual(ids(await jobs.list({ limit: 9, states: ['running', 'paused'] })), ['c']);
    assert.deepEqual(ids(await jobs.list({ limit: 9, states: [] })), []);
    assert.deepEqual(ids(await jobs.list({ limit: 9, kinds: ['history'], owner: 'mcp' })), ['c', 'a']);
    assert.deepEqual(ids(await jobs.list({ limit: 9, parentId: 'a' })), ['c']);
  });

  it('are counted by state, and what a queue should hold is in order of priority and age', async () => {
    for (const state of [
      'paused',
      'waiting',
      'interrupted',
      'completed',
      'failed',
      'cancelled',
    ] as JobState[])
      await at.inState(state, state);
    at.bench.clock.advance(1);
    await at.create('late', { priority: 1 });
    await at.create('urgent');
    await jobs.setPriority('urgent', 5);
    assert.deepEqual(await jobs.counts(), {
      queued: 2,
      running: 0,
      waiting: 1,
      paused: 1,
      interrupted: 1,
      completed: 1,
      failed: 1,
      cancelled: 1,
    });
    const held = await jobs.unfinished();
    assert.deepEqual(
      held.map((job) => job.id),
      ['urgent', 'late', 'interrupted', 'waiting'],
    );
    assert.deepEqual(held[1], {
      id: 'late',
      kind: 'history',
      state: 'queued',
      turn: 0,
      priority: 1,
      nextTurnAtMs: null,
      parentId: null,
    });
  });

  it('count their turns up', async () => {
    await at.create('j');
    assert.deepEqual([await jobs.nextTurn('j'), await jobs.nextTurn('j')], [1, 2]);
    assert.equal((await at.get('j')).turn, 2);
  });

  it('are swept when they ended long ago, with their parts, but not beside an unfinished parent or child', async () => {
    await at.create('parent');
    await at.create('child', { parentId: 'parent' });
    await at.create('grandchild', { parentId: 'child' });
    await at.create('leaf', { parentId: 'parent' });
    await at.create('alone');
    const alone = await at.claim('alone');
    await jobs.addItems('alone', alone.fence, [{ chatId: 1, messageKey: null }]);
    await jobs.save('alone', alone.fence, { state: 'completed' });
    const end = async (id: string) => {
      const { fence } = await at.claim(id);
      await jobs.save(id, fence, { state: 'completed' });
    };
    await end('child');
    await end('leaf');
    const later = NOW_MS + 1;
    assert.equal(await jobs.sweep(NOW_MS), 0);
    assert.equal(await jobs.sweep(later), 1);
    assert.equal(await jobs.get('alone'), null);
    assert.equal((await at.get('leaf')).state, 'completed');
    assert.deepEqual(await jobs.items('alone'), []);
    await end('parent');
    // The child still has an unfinished child of its own.
    assert.equal(await jobs.sweep(later), 2);
    assert.equal(await jobs.get('leaf'), null);
    assert.equal((await at.get('child')).state, 'completed');
    await end('grandchild');
    assert.equal(await jobs.sweep(later), 2);
    assert.deepEqual(await jobs.list({ limit: 9 }), []);
  });

  it('keep a chat to themselves while a living worker has it under way, against jobs of the kinds that they name', async () => {
    const marking = ['mark-read', 'mark-community'] as const;
    const item = [{ chatId: 7, messageKey: null }];
    const begin = async (id: string, kind: 'mark-read' | 'mark-community' | 'history') => {
      await at.create(id, { kind });
      const { fence } = await at.claim(id, `worker of ${id}`);
      await jobs.addItems(id, fence, item);
      return fence;
    };
    const one = await begin('one', 'mark-read');
    const two = await begin('two', 'mark-community');
    const older = await begin('older', 'history');
    await jobs.saveItem('older', older, 1, { state: 'running' });
    assert.equal(await jobs.takeItem('one', one, 1, marking), true, 'history is no marking');
    assert.equal(await jobs.takeItem('one', one, 1, marking), true, 'its own');
    assert.equal(await jobs.takeItem('two', two, 1, marking), false);
    assert.equal((await jobs.items('two'))[0]?.state, 'queued');
    // The worker dies; the chat is free once its lease has run out, or once the job ends or waits.
    at.bench.clock.advance(LEASE_MS / 2);
    await jobs.save('two', two, {});
    at.bench.clock.advance(LEASE_MS / 2);
    assert.equal(await jobs.takeItem('two', two, 1, marking), true);
    await assert.rejects(jobs.takeItem('two', two - 1, 1, marking), { code: 'JOB_FENCED' });
  });

  it('that are not there are said to be so', async () => {
    const unknown = { code: 'JOB_NOT_FOUND' };
    assert.equal(await jobs.claim('x', 'a', 1_000), null);
    assert.equal(await jobs.setWish('x', 'cancel'), null);
    await assert.rejects(jobs.setPriority('x', 1), unknown);
    await assert.rejects(jobs.nextTurn('x'), unknown);
    await assert.rejects(jobs.renew('x', 0, 1_000), unknown);
    await assert.rejects(jobs.release('x', 0), unknown);
    await assert.rejects(jobs.save('x', 0, {}), unknown);
    await assert.rejects(jobs.addItems('x', 0, []), unknown);
    await assert.rejects(jobs.saveItem('x', 0, 1, {}), unknown);
    assert.deepEqual(await jobs.items('x'), []);
  });

  describe('in parts', () => {
    const chat = (chatId: number) => ({ chatId, messageKey: null });

    it('number them on, and give them in order, by state and page', async () => {
      await at.create('j');
      // Before the first claim too: whoever makes the job may say what it consists of.
      await jobs.addItems('j', 0, [chat(7), { chatId: null, messageKey: 44, total: 5 }]);
      const { fence } = await at.claim('j');
      await jobs.addItems('j', fence, [chat(9)]);
      assert.deepEqual(
        (await jobs.items('j')).map((item) => [item.n, item.chatId, item.messageKey, item.total, item.state]),
        [
          [1, 7, null, null, 'queued'],
          [2, null, 44, 5, 'queued'],
          [3, 9, null, null, 'queued'],
        ],
      );
      await jobs.saveItem('j', fence, 2, { state: 'failed', reason: 'GONE' });
      const numbers = async (...query: Parameters<JobStore['items']>) =>
        (await jobs.items(...query)).map((item) => item.n);
      assert.deepEqual(await numbers('j', { states: ['queued'] }), [1, 3]);
      assert.deepEqual(await numbers('j', { after: 1, limit: 1 }), [2]);
      assert.deepEqual(await numbers('j', { after: 3 }), []);
      assert.deepEqual(await jobs.itemCounts('j'), {
        queued: 2,
        running: 0,
        done: 0,
        failed: 1,
        skipped: 0,
        cancelled: 0,
      });
    });

    it('change only what is said', async () => {
      await at.create('j');
      const { fence } = await at.claim('j');
      await jobs.addItems('j', fence, [{ ...chat(7), total: 5 }]);
      await jobs.saveItem('j', fence, 1, {
        state: 'running',
        reason: 'silent',
        done: 2,
        result: { pages: [1] },
      });
      await jobs.saveItem('j', fence, 1, { done: 3 });
      const item = { n: 1, ...chat(7), state: 'running', reason: 'silent', done: 3, total: 5 };
      assert.deepEqual(await jobs.items('j'), [{ ...item, result: { pages: [1] } }]);
      await jobs.saveItem('j', fence, 1, { reason: null, total: null, result: null });
      assert.deepEqual(await jobs.items('j'), [{ ...item, reason: null, total: null, result: null }]);
      await assert.rejects(jobs.saveItem('j', fence, 2, { done: 1 }), { code: 'JOB_NOT_FOUND' });
    });

    it('refuse whoever lost the job, and everybody when it has ended', async () => {
      await at.create('j');
      const old = await at.claim('j');
      await jobs.addItems('j', old.fence, [chat(1)]);
      await jobs.release('j', old.fence);
      const { fence } = await at.claim('j', 'b');
      const fenced = { code: 'JOB_FENCED' };
      await assert.rejects(jobs.addItems('j', old.fence, [chat(2)]), fenced);
      await assert.rejects(jobs.saveItem('j', old.fence, 1, { state: 'done' }), fenced);
      await jobs.save('j', fence, { state: 'completed' });
      await assert.rejects(jobs.addItems('j', fence, [chat(2)]), fenced);
      await assert.rejects(jobs.saveItem('j', fence, 1, { state: 'done' }), fenced);
      assert.deepEqual(await jobs.itemCounts('j'), {
        queued: 1,
        running: 0,
        done: 0,
        failed: 0,
        skipped: 0,
        cancelled: 0,
      });
    });
  });
});
