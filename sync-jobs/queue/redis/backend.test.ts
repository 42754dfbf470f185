import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import { freePort, type PrivateRedis, type PrivateRedisOptions, startRedis } from '../testing/redis.ts';
import { createHeldHandler, createQueueRig, done, type QueueRig } from '../testing/rig.ts';

const SECRET = 'a-password-of-redis';

const job = (jobId: string, turn = 1) => ({ lane: 'history', jobId, turn, label: 'test' }) as const;

/** What reached the console past the logger meanwhile. */
async function printedOnConsole(run: () => Promise<void>): Promise<readonly unknown[]> {
  const { warn } = console;
  const printed: unknown[] = [];
  console.warn = (...words) => void printed.push(...words);
  try {
    await run();
  } finally {
    console.warn = warn;
  }
  return printed;
}

describe('Faults of Redis under the job queue', () => {
  let redis: PrivateRedis | null = null;
  let rig: QueueRig;

  async function given(options: PrivateRedisOptions = {}): Promise<PrivateRedis> {
    redis = await startRedis(options);
    rig = createQueueRig({ redisUrl: redis.url, cacheDir: '/nowhere' });
    return redis;
  }

  afterEach(async () => {
    await rig.closeAll();
    await redis?.stop();
    redis = null;
  });

  it('gives a job that yielded at the end to the next process', async () => {
    await given();
    const first = rig.open();
    const held = createHeldHandler({ end: 'again', afterMs: 0 });
    first.work(held.handler);
    await first.enqueue(job('a'));
    await until(() => held.started.length === 1, 'run');
    await first.close();
    const second = rig.open();
    assert.deepEqual(await second.held(), new Set(['a']));
    const ran: string[] = [];
    second.work(async (jobId) => {
      ran.push(jobId);
      return done;
    });
    await until(() => ran.length === 1, 'going on');
    assert.deepEqual(held.aborted, ['a']);
  });

  it('does not count a turn as failed that threw because it was told to stop', async () => {
    await given();
    const first = rig.open();
    let started = false;
    first.work(async (_jobId, signal) => {
      started = true;
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    });
    await first.enqueue(job('a'));
    await until(() => started, 'run');
    await first.close();
    const second = rig.open();
    assert.deepEqual(await second.held(), new Set(['a']));
    assert.equal((await second.counts()).history.failed, 0);
  });

  it('lets another process take over what a dead one left, after its lock', async () => {
    await given();
    const timing = { lockMs: 1_000, stalledCheckMs: 300, closeGraceMs: 50 };
    const first = rig.open({ timing });
    let started = false;
    const stuck = Promise.withResolvers<typeof done>();
    first.work(() => {
      started = true;
      return stuck.promise;
    });
    await first.enqueue(job('a'));
    await until(() => started, 'run');
    await first.close();
    const second = rig.open({ timing });
    let ran = false;
    second.work(async () => {
      ran = true;
      return done;
    });
    await until(() => ran, 'run by the other');
    stuck.resolve(done);
  });

  it('runs each job once where two processes share the queue', async () => {
    await given();
    const ran: string[] = [];
    const by = new Set<number>();
    const workers = [0, 1].map((number) => {
      const queue = rig.open();
      queue.work(async (jobId) => {
        ran.push(jobId);
        by.add(number);
        return done;
      });
      return queue;
    });
    const ids = Array.from({ length: 200 }, (_, n) => `job-${n}`);
    await Promise.all(ids.map((id, n) => workers[n % 2]?.enqueue(job(id))));
    await until(() => ran.length >= ids.length, 'run of all');
    assert.deepEqual([ran.length, new Set(ran)], [ids.length, new Set(ids)]);
    assert.equal(by.size, 2);
  });

  it('runs a job once although Redis was killed in the middle of it', async () => {
    const server = await given({ durable: true });
    const queue = rig.open({ timing: { lockMs: 60_000, stalledCheckMs: 500 } });
    const held = createHeldHandler(done);
    let ready = 0;
    queue.onReady(() => {
      ready += 1;
    });
    queue.work(held.handler);
    await queue.enqueue(job('a'));
    await until(() => held.started.length === 1, 'run');
    const before = ready;
    await server.kill();
    await until(() => queue.health().state === 'down', 'word of the loss');
    await server.start();
    await until(() => queue.health().state === 'up' && ready > before, 'return');
    await queue.enqueue(job('b'));
    held.release();
    await until(async () => (await queue.counts()).history.completed === 2, 'end of both');
    assert.deepEqual(held.started, ['a', 'b']);
    assert.deepEqual(held.aborted, []);
  });

  it('says within seconds that Redis is away, and goes on when it is back', async () => {
    const server = await given({ durable: true });
    const queue = rig.open();
    const ran: string[] = [];
    queue.work(async (jobId) => {
      ran.push(jobId);
      return done;
    });
    await queue.enqueue(job('a'));
    await until(() => ran.length === 1, 'run');
    await server.kill();
    await assert.rejects(queue.enqueue(job('b')), { code: 'QUEUE_UNAVAILABLE' });
    await assert.rejects(queue.counts(), { code: 'QUEUE_UNAVAILABLE' });
    assert.equal(queue.health().state, 'down');
    await until(() => queue.health().error === 'ECONNREFUSED', 'reason');
    await server.start();
    await until(() => queue.health().state === 'up', 'return');
    await queue.enqueue(job('b', 2));
    await until(() => ran.includes('b'), 'second run');
    assert.ok(rig.logged().split('\n').length < 40, 'an outage must not flood the log');
  });

  it('waits for a Redis that is not there yet', async () => {
    const server = await given();
    await server.kill();
    const queue = rig.open();
    let ready = 0;
    queue.onReady(() => {
      ready += 1;
    });
    queue.work(async () => done);
    await until(() => queue.health().state === 'down', 'word of it');
    assert.equal(ready, 0);
    await server.start();
    await until(() => ready === 1, 'running queue');
    assert.deepEqual([queue.health().state, queue.health().error], ['up', null]);
  });

  it('can be closed while Redis is away', async () => {
    const server = await given();
    const queue = rig.open({ timing: { closeGraceMs: 300 } });
    queue.work(async () => done);
    await queue.enqueue(job('a'));
    await server.kill();
    await queue.close();
    await rig.open().close();
  });

  it('tells that Redis was wiped, and stops the turns that others may now run', async () => {
    const server = await given();
    const queue = rig.open({ timing: { heartbeatMs: 300, lockMs: 1_000 } });
    let ready = 0;
    queue.onReady(() => {
      ready += 1;
    });
    const held = createHeldHandler(done);
    queue.work(held.handler);
    await queue.enqueue(job('running'));
    await queue.enqueue(job('waiting'));
    await until(() => held.started.length === 1, 'run of one');
    assert.equal(ready, 1);
    await server.command('FLUSHALL');
    assert.deepEqual(await queue.held(), new Set(['running']));
    await until(() => ready === 2, 'word of the wipe');
    await until(() => held.aborted.length === 1, 'word to the turn');
    await until(async () => (await queue.held()).size === 0, 'end');
    await queue.enqueue(job('waiting'));
    await until(() => held.started.includes('waiting'), 'run of what was handed over anew');
    held.release();
    await until(async () => (await queue.held()).size === 0, 'end');
    assert.equal(ready, 2);
  });

  it('goes on naming why Redis is away, also after commands were given up', async () => {
    const server = await given();
    const queue = rig.open({ timing: { heartbeatMs: 100 } });
    queue.work(async () => done);
    await queue.enqueue(job('a'));
    await server.kill();
    await until(() => queue.health().error === 'ECONNREFUSED', 'refusal');
    const told = new Set<string | null>();
    const givenUp = () => rig.logged().includes('Redis does not answer');
    await until(() => {
      told.add(queue.health().error);
      return givenUp();
    }, 'given up commands');
    for (let n = 0; n < 50; n += 1) {
      told.add(queue.health().error);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.deepEqual([...told], ['ECONNREFUSED']);
  });

  it('never shows the password, says what is wrong with it, and warns of a Redis that drops keys', async () => {
    const server = await given({ password: SECRET, settings: ['--maxmemory-policy', 'allkeys-lru'] });
    const queue = rig.open();
    await queue.enqueue(job('a'));
    assert.match(rig.logged(), /set maxmemory-policy to noeviction/);
    const wrong = rig.open({ redisUrl: `redis://:${SECRET}-wrong@127.0.0.1:${server.port}` });
    wrong.work(async () => done);
    await until(() => wrong.health().state === 'down', 'refusal');
    await assert.rejects(wrong.held(), { details: { reason: 'WRONGPASS' } });
    assert.deepEqual([wrong.health().state, wrong.health().error], ['down', 'WRONGPASS']);
    assert.doesNotMatch(rig.logged(), new RegExp(SECRET));
  });

  it('advises in the log alone, once, however many connections there are', async () => {
    await given({ settings: ['--maxmemory-policy', 'allkeys-lru'] });
    const queue = rig.open();
    const printed = await printedOnConsole(async () => {
      queue.work(async () => done);
      await queue.enqueue(job('a'));
      await until(async () => (await queue.counts()).history.completed === 1, 'run');
    });
    assert.deepEqual(printed, []);
    assert.equal(rig.logged().split('set maxmemory-policy to noeviction').length, 2);
  });

  it('refuses an address that is none, without repeating it', async () => {
    await given();
    assert.throws(
      () => rig.open({ redisUrl: `${SECRET}@localhost:${6379}` }),
      (error: Error & { code?: string }) =>
        error.code === 'CONFIG_INVALID' &&
        !JSON.stringify(error).includes(SECRET) &&
        !error.message.includes(SECRET),
    );
  });

  it('connects to nothing before it is used', async () => {
    await given();
    const queue = rig.open({ redisUrl: `redis://127.0.0.1:${await freePort()}` });
    assert.equal(queue.health().state, 'asleep');
  });
});
