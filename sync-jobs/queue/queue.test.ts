import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PrivateRedis, startRedis } from './testing/redis.ts';
import { createQueueRig } from './testing/rig.ts';
import { describeQueueContract } from './testing/suite.ts';

describe('The job queue on Redis', () => {
  let redis: PrivateRedis;

  before(async () => {
    redis = await startRedis();
  });

  after(() => redis.stop());

  describeQueueContract(async () => {
    await redis.command('FLUSHALL');
    return createQueueRig({ redisUrl: redis.url, cacheDir: '/nowhere' });
  });
});

describe('The embedded job queue', () => {
  let cacheDir: string;

  before(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), 'tandem-queue-'));
  });

  after(() => rm(cacheDir, { recursive: true, force: true }));

  describeQueueContract(async () => createQueueRig({ redisUrl: null, cacheDir }));
});
