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
