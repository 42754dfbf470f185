import assert from 'node:assert/strict';
import { setImmediate as tick } from 'node:timers/promises';
import { z } from 'zod';
import { type Bench, openBench, silent } from '#history/test-support.ts';
import { systemIds } from '#kernel/ids.ts';
import { defineKind, type TurnContext, type TurnResult } from './kind.ts';
import { createSyncJobs, type SyncJobs } from './sync-jobs.ts';
import { createPaperQueue, type PaperQueue } from './testing/paper-queue.ts';

const HOUR_MS = 3_600_000;
const done: TurnResult = { state: 'completed', result: null };

describe('jobs', () => {
  let bench: Bench;
  let queue: PaperQueue;
  let sync: SyncJobs;
  let work: (context: TurnContext, name: string) => Promise<TurnResult>;
  let told: string[];

  const open = () => {
    const args = z.strictObject({ name: z.string() });
    const kind = (name: 'export' | 'history') =>
      defineKind({
        kind: name,
        lane: name === 'history' ? 'history' : 'actions',
        args,
        turn: (context, { name: called }) => work(context, called),
        halted: async (_job, wish) => {
          told.push(wish);
        },
        hurried: async () => {
          told.push('hurry');
        },
      });
    return createSyncJobs({
      history: bench.history,
      queue,
      kinds: () => [kind('export'), kind('history')],
      keepDays: 30,
      clock: bench.clock,
      ids: systemIds,
      logger: silent,
    });
  };
  beforeEach(async () => {
    bench = await openBench();
    queue = createPaperQueue();
    work = () => Promise.resolve(done);
    told = [];
    sync = open();
    await sync.start();
  });
  afterEach(async () => {
    await sync.stop();
    await bench.close();
  });

  const start = async (name: string, change: Partial<Parameters<SyncJobs['jobs']['start']>[0]> = {}) =>
    (await sync.jobs.start({ kind: 'export', args: { name }, owner: 'me', ...change })).job.id;
  const stateOf = async (id: string) => (await sync.jobs.get(id, null)).state;
  /** What is not awaited by whoever hands a job over. */
  const settled = async () => {
    for (let n = 0; n < 50; n += 1) await tick();
  };
  const runAll = async () => {
    await settled();
    for (let left = 20; left > 0 && (await queue.runNext()); left -= 1) await settled();
  };
  const waits = (afterMs: number) => () =>
    Promise.resolve({ state: 'again', afterMs, reason: 'child' } as const);

  it('begin at once, and the same request of the same owner joins the one that runs', async () => {
    const id = await start('a');
    const again = await sync.jobs.start({ kind: 'export', args: { name: 'a' }, owner: 'me' });
    assert.deepEqual([again.job.id, again.joined], [id, true]);
    assert.notEqual(await start('a', { owner: 'other' }), id);
    assert.notEqual(await start('b'), id);
    await settled();
    assert.deepEqual(new Set(queue.entries.map(({ jobId }) => jobId)).size, 3);
    assert.equal(queue.entries.length, 3, 'a job that is joined is not handed over again');
    await runAll();
    assert.equal(await stateOf(id), 'completed');
    assert.notEqual(await start('a'), id, 'one that has ended is joined by nobody');
  });

  it('refuse what their kind does not know', async () => {
    await assert.rejects(sync.jobs.start({ kind: 'export', args: { other: 1 }, owner: 'me' }));
    await assert.rejects(sync.jobs.start({ kind: 'purge', args: {}, owner: 'me' }), {
      code: 'INTERNAL_ERROR',
    });
  });

  it('of others are not there, but for the operator', async () => {
    const id = await start('a');
    for (const call of ['get', 'cancel', 'pause', 'resume'] as const)
      await assert.rejects(sync.jobs[call](id, 'other'), { code: 'JOB_NOT_FOUND' });
    await assert.rejects(sync.jobs.wait(id, 'other', 1), { code: 'JOB_NOT_FOUND' });
    assert.deepEqual(await sync.jobs.list({ limit: 9 }, 'other'), []);
    assert.equal((await sync.jobs.get(id, null)).id, id);
    await assert.rejects(sync.jobs.get('job_0', null), { code: 'JOB_NOT_FOUND' });
  });

  it('with a higher priority go first, and a long one of their lane makes room for them', async () => {
    const low = await start('low', { kind: 'history' });
    let overtaken: boolean | null = null;
    work = async ({ isOver }) => {
      if (overtaken === null) {
        const before = isOver();
        await start('other lane', { priority: 20 });
        const beside = isOver();
        await start('high', { kind: 'history', priority: 20 });
        overtaken = !before && !beside && isOver();
        return { state: 'again', afterMs: 0 };
      }
      return done;
    };
    await settled();
    await queue.runNext();
    assert.equal(overtaken, true);
    await settled();
    const priorities = new Map(queue.entries.map(({ jobId, priority }) => [jobId, priority ?? 0]));
    const others = [...priorities].filter(([id]) => id !== low).map(([, priority]) => priority);
    assert.ok(Math.max(...others) < (priorities.get(low) ?? 0), 'smaller numbers go first');
    await runAll();
    assert.equal(await stateOf(low), 'completed');
  });

  describe('and a queue', () => {
    it('that is away: they are taken, and handed over once it is back', async () => {
      queue.isAway = true;
      const id = await start('a');
      await settled();
      assert.equal(await stateOf(id), 'queued');
      queue.back();
      await runAll();
      assert.equal(await stateOf(id), 'completed');
    });

    it('that is wiped: everything unfinished is handed over again, each when it is due', async () => {
      work = waits(HOUR_MS);
      const waiting = await start('waiting');
      await runAll();
      const queued = await start('queued');
      const paused = await start('paused');
      await sync.jobs.pause(paused, null);
      queue.back([]);
      await settled();
      const due = new Map(queue.entries.map(({ jobId, delayMs }) => [jobId, delayMs ?? 0]));
      assert.deepEqual(new Set(due.keys()), new Set([waiting, queued]));
      assert.deepEqual([due.get(waiting), due.get(queued)], [HOUR_MS, 0]);
    });

    it('that holds everything gets nothing twice', async () => {
      await start('a');
      await settled();
      const before = [...queue.entries];
      queue.back(before);
      await settled();
      assert.deepEqual(queue.entries, before);
    });

    it('and a clock that was set back: nobody waits for a time that is days away', async () => {
      work = waits(HOUR_MS);
      const id = await start('a');
      await runAll();
      bench.clock.advance(-48 * HOUR_MS);
      work = () => Promise.resolve(done);
      queue.back([...queue.entries]);
      await runAll();
      assert.equal(await stateOf(id), 'completed');
    });

    it('of an earlier life: what was in hand then goes on', async () => {
      const id = await start('a');
      await settled();
      await bench.history.jobs.claim(id, `${2 ** 30}:1:dead`, HOUR_MS);
      await sync.stop();
      sync = open();
      await sync.start();
      assert.equal(await stateOf(id), 'interrupted');
      await runAll();
      assert.equal(await stateOf(id), 'completed');
    });
  });

  describe('steered', () => {
    const states = {
      queued: async () => start('a'),
      waiting: async () => {
        work = waits(HOUR_MS);
        const id = await start('a');
        await runAll();
        return id;
      },
      paused: async () => {
        const id = await start('a');
        await sync.jobs.pause(id, null);
        return id;
      },
      cancelled: async () => {
        const id = await start('a');
        await sync.jobs.cancel(id, null);
        return id;
      },
      failed: async () => {
        work = () => Promise.reject(new Error('fault'));
        const id = await start('a');
        await runAll();
        return id;
      },
      completed: async () => {
        const id = await start('a');
        await runAll();
        return id;
      },
    };

    for (const [name, reach] of Object.entries(states)) {
      const isEnded = ['cancelled', 'failed', 'completed'].includes(name);

      it(`${name} → ${isEnded ? 'no cancel, no pause' : 'cancelled, paused'}`, async () => {
        for (const [wish, state] of [
          ['cancel', 'cancelled'],
          ['pause', 'paused'],
        ] as const) {
          const id = await reach();
          assert.equal(await stateOf(id), name);
          if (isEnded) {
            await assert.rejects(sync.jobs[wish](id, null), { code: 'JOB_ENDED' });
            continue;
          }
          told = [];
          assert.equal((await sync.jobs[wish](id, null)).state, state);
          assert.deepEqual(told, [wish]);
          assert.ok(!queue.entries.some(({ jobId }) => jobId === id), 'it is out of the queue');
          if (state === 'paused') await sync.jobs.cancel(id, null);
        }
      });

      it(`${name} → ${name === 'completed' ? 'no resume' : 'goes on when resumed'}`, async () => {
        const id = await reach();
        work = () => Promise.resolve(done);
        if (name === 'completed') {
          await assert.rejects(sync.jobs.resume(id, null), { code: 'JOB_ENDED' });
          return;
        }
        told = [];
        await sync.jobs.resume(id, null);
        assert.deepEqual(told, name === 'waiting' ? ['hurry'] : []);
        await runAll();
        assert.equal(await stateOf(id), 'completed');
        assert.equal((await sync.jobs.get(id, null)).error, null);
      });
    }

    it('while the queue is away, all the same', async () => {
      const id = await start('a');
      queue.isAway = true;
      assert.equal((await sync.jobs.pause(id, null)).state, 'paused');
      assert.equal((await sync.jobs.resume(id, null)).state, 'queued');
      assert.equal((await sync.jobs.cancel(id, null)).state, 'cancelled');
    });
  });

  it('that wait for a child go on as soon as it has ended, and end with it when cancelled', async () => {
    let child = '';
    work = async ({ job }, name) => {
      if (name !== 'parent') return done;
      if (child !== '' && (await stateOf(child)) === 'completed') return done;
      child = await start('child', { parentId: job.id });
      return { state: 'again', afterMs: HOUR_MS, reason: 'child' };
    };
    const parent = await start('parent');
    await settled();
    await queue.runNext();
    await runAll();
    assert.deepEqual([await stateOf(child), await stateOf(parent)], ['completed', 'completed']);

    child = '';
    const other = await start('parent');
    await settled();
    await queue.runNext();
    await sync.jobs.cancel(other, null);
    assert.deepEqual([await stateOf(child), await stateOf(other)], ['cancelled', 'cancelled']);
  });

  describe('waited for', () => {
    it('are told at every change, until they rest', async () => {
      const id = await start('a');
      const seen: string[] = [];
      const waiting = sync.jobs.wait(id, 'me', 20_000, { onStep: ({ state }) => seen.push(state) });
      await runAll();
      assert.equal((await waiting).state, 'completed');
      assert.deepEqual([seen[0], seen.at(-1)], ['queued', 'completed']);
      assert.equal((await sync.jobs.wait(id, 'me', 20_000)).state, 'completed');
    });

    it('come back as they are when the time is over or nobody waits any more', async () => {
      const id = await start('a');
      assert.equal((await sync.jobs.wait(id, 'me', 20)).state, 'queued');
      const abort = new AbortController();
      const waiting = sync.jobs.wait(id, 'me', 20_000, { signal: abort.signal });
      abort.abort();
      assert.equal((await waiting).state, 'queued');
      await sync.jobs.pause(id, 'me');
      assert.equal((await sync.jobs.wait(id, 'me', 20_000)).state, 'paused');
    });
  });
});
