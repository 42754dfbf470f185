import { type PrivateRedis, startRedis } from './testing/redis.ts';
import { createQueueRig, SHARED_CACHE } from './testing/rig.ts';
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
  describeQueueContract(async () => createQueueRig({ redisUrl: null, cacheDir: SHARED_CACHE }));
});
