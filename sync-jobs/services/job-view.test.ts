import assert from 'node:assert/strict';
import { type JobBench, openJobBench } from '#history/test-jobs.ts';
import { createTimes } from '#orchestrator/services/present/times.ts';
import { viewOf } from './job-view.ts';

describe('a job as it is shown', () => {
  let at: JobBench;
  beforeEach(async () => {
    at = await openJobBench();
  });
  afterEach(() => at.close());

  const shown = async () => {
    const { status, stopping, hint } = viewOf(await at.get('j'), createTimes('UTC'));
    return { status, stopping, hint };
  };

  for (const [wish, ended, words] of [
    ['pause', 'paused', /pauses once/],
    ['cancel', 'cancelled', /ends once/],
  ] as const)
    it(`says that it is about to ${wish} while a step is under way, and no longer than that`, async () => {
      await at.create('j');
      const { fence } = await at.claim('j');
      assert.equal((await shown()).stopping, undefined);
      await at.jobs.setWish('j', wish);
      const { status, stopping, hint } = await shown();
      assert.deepEqual([status, stopping], ['running', true]);
      assert.match(hint ?? '', words);
      await at.jobs.save('j', fence, { state: ended });
      const after = await shown();
      assert.deepEqual([after.status, after.stopping], [ended, undefined]);
      assert.match(after.hint ?? '', /resume_sync/);
    });

  it('says how long it still takes only while it goes on', async () => {
    const facts = async () => viewOf(await at.get('j'), createTimes('UTC')).facts;
    await at.create('j');
    const { fence } = await at.claim('j');
    await at.jobs.save('j', fence, { facts: { chats: 3, seconds_left: 193 } });
    assert.deepEqual(await facts(), { chats: 3, seconds_left: 193 });
    await at.jobs.setWish('j', 'cancel');
    await at.jobs.save('j', fence, { state: 'cancelled' });
    assert.deepEqual(await facts(), { chats: 3 });
  });

  it('says why nothing begins while the queue is away, and only of what waits for it', async () => {
    await at.create('j');
    const away = async () => viewOf(await at.get('j'), createTimes('UTC'), true);
    const waits = await away();
    assert.deepEqual([waits.status, waits.reason], ['queued', 'queue-away']);
    assert.match(waits.hint ?? '', /goes on by itself/);
    await at.claim('j');
    assert.equal((await away()).reason, undefined);
  });
});
