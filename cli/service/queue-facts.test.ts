import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PrivateRedis, startRedis } from '#sync-jobs/queue/testing/redis.ts';
import { createQueueRig, type QueueRig } from '#sync-jobs/queue/testing/rig.ts';
import { queueFactsOf } from './queue-facts.ts';

describe('what diagnostics are told of the job queue', () => {
  let redis: PrivateRedis | null = null;
  let rig: QueueRig | null = null;
  const cacheDir = mkdtempSync(join(tmpdir(), 'tandem-queue-facts-'));

  afterEach(async () => {
    await rig?.closeAll();
    await redis?.stop();
    rig = null;
    redis = null;
  });
  after(() => rmSync(cacheDir, { recursive: true, force: true }));

  it('comes from Redis itself, entries and settings', async () => {
    redis = await startRedis({ settings: ['--maxmemory-policy', 'volatile-lru'] });
    rig = createQueueRig({ redisUrl: redis.url, cacheDir });
    const queue = rig.open();
    await queue.enqueue({ lane: 'actions', jobId: 'a', turn: 1, label: 'test', delayMs: 60_000 });
    const facts = await queueFactsOf(queue);
    assert.deepEqual([facts.backend, facts.state, facts.error], ['redis', 'up', null]);
    assert.deepEqual(facts.entries, { waiting: 0, active: 0, delayed: 1, failed: 0 });
    assert.match(facts.redis?.version ?? '', /^\d+\.\d+/);
    assert.equal(facts.redis?.evictionPolicy, 'volatile-lru');
    assert.deepEqual(facts.paused, []);
  });

  it('names a queue that somebody has paused', async () => {
    redis = await startRedis();
    rig = createQueueRig({ redisUrl: redis.url, cacheDir });
    const queue = rig.open();
    const [, actions] = await queue.queues();
    await actions?.pause();
    assert.deepEqual((await queueFactsOf(queue)).paused, ['actions']);
  });

  it('tells a password that is wrong from one that is missing', async () => {
    redis = await startRedis({ password: 'right' });
    for (const [user, said] of [
      [':wrong@', 'WRONGPASS'],
      ['', 'NOAUTH'],
    ]) {
      rig = createQueueRig({ redisUrl: `redis://${user}127.0.0.1:${redis.port}`, cacheDir });
      const facts = await queueFactsOf(rig.open());
      assert.deepEqual([facts.state, facts.error, facts.entries], ['down', said, null]);
      await rig.closeAll();
    }
  });

  it('says why when Redis is away', async () => {
    redis = await startRedis();
    const { url } = redis;
    await redis.kill();
    rig = createQueueRig({ redisUrl: url, cacheDir });
    const facts = await queueFactsOf(rig.open());
    assert.deepEqual(
      [facts.state, facts.error, facts.entries, facts.redis],
      ['down', 'ECONNREFUSED', null, null],
    );
  });

  it('lets the embedded queue sleep', async () => {
    rig = createQueueRig({ redisUrl: null, cacheDir });
    const facts = await queueFactsOf(rig.open());
    assert.deepEqual([facts.backend, facts.state, facts.redis], ['embedded', 'asleep', null]);
    assert.deepEqual(facts.entries, { waiting: 0, active: 0, delayed: 0, failed: 0 });
  });
});
