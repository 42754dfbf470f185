import assert from 'node:assert/strict';
import { systemClock } from '#kernel/clock.ts';
import { createLogger } from '#kernel/logger.ts';
import { until } from '#kernel/testing/until.ts';
import type { Backend, SessionEvents } from './backend.ts';
import { createBullQueue } from './bullmq.ts';
import { createEmbeddedBackend } from './embedded/backend.ts';
import type { JobQueue } from './port.ts';
import { createErrorReporter } from './quiet-log.ts';
import { createHeldHandler, done, SHARED_CACHE } from './testing/rig.ts';
import { standardTiming } from './timing.ts';

const job = (jobId: string, delayMs = 0) =>
  ({ lane: 'history', jobId, turn: 1, label: 'test', delayMs }) as const;

describe('A job queue whose store breaks', () => {
  let queue: JobQueue;
  let events: SessionEvents | null = null;
  let refusals = 0;
  const logger = createLogger({ level: 'silent', program: 'test' });

  beforeEach(() => {
    const report = createErrorReporter(logger, systemClock);
    const real = createEmbeddedBackend({ cacheDir: SHARED_CACHE, logger });
    const backend: Backend = {
      ...real,
      async open(told, signal) {
        if (refusals-- > 0) throw Object.assign(new Error('SECRET'), { code: 'ENOMEM' });
        events = told;
        return real.open(told, signal);
      },
    };
    queue = createBullQueue({
      ...{ backend, logger, report, clock: systemClock, idleStopMs: 60_000 },
      concurrency: { history: 1, actions: 1, media: 1, maintenance: 1 },
      timing: { ...standardTiming, closeGraceMs: 1_000 },
    });
  });

  afterEach(async () => {
    await queue.close();
  });

  it('stops the turns, comes up again by itself with what is delayed, and tells its owner', async () => {
    let ready = 0;
    queue.onReady(() => {
      ready += 1;
    });
    const held = createHeldHandler(done);
    queue.work(held.handler);
    await queue.enqueue(job('a'));
    await queue.enqueue(job('later', 60_000));
    await until(() => held.started.length === 1, 'run');
    events?.broken('STORE_BROKEN');
    assert.deepEqual([queue.health().state, queue.health().error], ['down', 'STORE_BROKEN']);
    await until(() => ready === 2, 'return');
    assert.equal(queue.health().state, 'up');
    assert.deepEqual(held.aborted, ['a']);
    assert.deepEqual(await queue.held(), new Set(['later']));
    await queue.enqueue(job('a'));
    await until(() => held.started.length === 2, 'second run');
  });

  it('says that it did not start, and tries again with the next call', async () => {
    refusals = 1;
    await assert.rejects(queue.enqueue(job('a', 60_000)), {
      code: 'QUEUE_UNAVAILABLE',
      details: { reason: 'ENOMEM' },
    });
    assert.deepEqual([queue.health().state, queue.health().error], ['down', 'ENOMEM']);
    await queue.enqueue(job('b'));
    assert.equal(queue.health().state, 'up');
    assert.deepEqual(await queue.held(), new Set(['b']));
  });
});
