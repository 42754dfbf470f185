import assert from 'node:assert/strict';
import { z } from 'zod';
import { type Bench, openBench, silent } from '#history/test-support.ts';
import { TandemError } from '#kernel/errors.ts';
import { defineKind, type TurnContext, type TurnResult } from './kind.ts';
import type { TurnHandler } from './queue/port.ts';
import { createRunner } from './runner.ts';

const LEASE_MS = 90_000;
const done: TurnResult = { state: 'completed', result: null };

describe('a turn', () => {
  let bench: Bench;
  let work: (context: TurnContext) => Promise<TurnResult>;
  let halted: string[];
  let windsUp: () => Promise<void>;
  let runs: number;

  const runner = (holder = 'here', isOvertaken = () => false): TurnHandler =>
    createRunner({
      store: bench.history.jobs,
      kinds: [
        defineKind({
          kind: 'export',
          lane: 'actions',
          args: z.strictObject({}),
          turn: (context) => {
            runs += 1;
            return work(context);
          },
          halted: async (_job, wish) => {
            halted.push(wish);
            await windsUp();
          },
        }),
      ],
      holder,
      clock: bench.clock,
      logger: silent,
      onChange: () => undefined,
      isOvertaken,
    });

  beforeEach(async () => {
    bench = await openBench();
    work = () => Promise.resolve(done);
    halted = [];
    windsUp = () => Promise.resolve();
    runs = 0;
    await bench.history.jobs.create({ id: 'J', kind: 'export', owner: 'me', fingerprint: 'f', args: {} });
  });
  afterEach(() => bench.close());

  const never = new AbortController().signal;
  const jobs = () => bench.history.jobs;
  const state = async () => (await jobs().get('J'))?.state;

  it('of an older entry ends before it begins, so that two entries do not find work for ever', async () => {
    const [first, second] = [await jobs().nextTurn('J'), await jobs().nextTurn('J')];
    assert.deepEqual(await runner()('J', never, first), { end: 'done' });
    assert.equal(runs, 0);
    await runner()('J', never, second);
    assert.deepEqual([runs, await state()], [1, 'completed']);
  });

  it('leaves the rest to the entry that was made while it ran', async () => {
    const turn = await jobs().nextTurn('J');
    work = async () => {
      await jobs().nextTurn('J');
      return { state: 'again', afterMs: 60_000, reason: 'child' };
    };
    assert.deepEqual(await runner()('J', never, turn), { end: 'done' });
    assert.equal(await state(), 'waiting');
  });

  it('of a job that somebody else works on comes back later, and takes it when that one is gone', async () => {
    await jobs().claim('J', 'elsewhere', LEASE_MS);
    const end = await runner()('J', never, 1);
    assert.equal(end.end, 'again');
    assert.equal(runs, 0);
    bench.clock.advance(LEASE_MS + 1);
    assert.deepEqual(await runner()('J', never, 1), { end: 'done' });
    assert.equal(await state(), 'completed');
  });

  it('of a job that is paused, ended or unknown is nothing', async () => {
    await jobs().setWish('J', 'pause');
    assert.deepEqual(await runner()('J', never, 1), { end: 'done' });
    await jobs().setWish('J', 'cancel');
    assert.deepEqual(await runner()('J', never, 1), { end: 'done' });
    assert.deepEqual(await runner()('K', never, 1), { end: 'done' });
    assert.equal(runs, 0);
  });

  it('ends quietly when the job is taken from it, and changes nothing any more', async () => {
    work = async (context) => {
      bench.clock.advance(LEASE_MS + 1);
      await jobs().claim('J', 'elsewhere', LEASE_MS);
      await context.save({ done: 5 });
      return done;
    };
    assert.deepEqual(await runner()('J', never, 1), { end: 'done' });
    const job = await jobs().get('J');
    assert.deepEqual([job?.state, job?.done], ['running', 0]);
  });

  for (const [wish, ended] of [
    ['pause', 'paused'],
    ['cancel', 'cancelled'],
  ] as const)
    it(`sees at its next step that its owner wants it to ${wish}`, async () => {
      work = async (context) => {
        await jobs().setWish('J', wish);
        await context.look();
        return assert.fail('it goes on');
      };
      assert.deepEqual(await runner()('J', never, 1), { end: 'done' });
      assert.deepEqual([halted, await state()], [[wish], ended]);
    });

  for (const wish of ['pause', 'cancel'] as const)
    it(`goes on when its owner takes the ${wish} back before it is done`, async () => {
      work = async (context) => {
        await jobs().setWish('J', wish);
        windsUp = async () => {
          await jobs().setWish('J', 'run');
        };
        await context.look();
        return assert.fail('it goes on');
      };
      assert.deepEqual(await runner()('J', never, 1), { end: 'again', afterMs: 0 });
      const job = await jobs().get('J');
      assert.deepEqual([job?.state, job?.wish, job?.endedAtMs], ['queued', 'run', null]);
      work = () => Promise.resolve(done);
      await runner()('J', never, 1);
      assert.equal(await state(), 'completed');
    });

  it('that the service cuts short leaves the job to the next life', async () => {
    const closing = new AbortController();
    work = async ({ signal, look }) => {
      closing.abort();
      await look();
      return signal.aborted ? assert.fail('it goes on') : done;
    };
    assert.deepEqual(await runner()('J', closing.signal, 1), { end: 'again', afterMs: 0 });
    assert.equal(await state(), 'interrupted');
  });

  it('that fails for a while waits longer each time, then goes on as if nothing was', async () => {
    const handler = runner();
    work = () => Promise.reject(new TandemError('DB_LOCKED'));
    const waits: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      const end = await handler('J', never, 1);
      assert.ok(end.end === 'again');
      waits.push(end.afterMs);
    }
    assert.deepEqual(waits, [5_000, 10_000, 20_000]);
    const job = await jobs().get('J');
    assert.deepEqual([job?.state, job?.reason, job?.error?.code], ['waiting', 'DB_LOCKED', 'DB_LOCKED']);
    work = () => Promise.resolve(done);
    await handler('J', never, 1);
    assert.equal((await jobs().get('J'))?.error, null);
  });

  it('that fails for good ends the job with code, words and hint, and nothing of what was thrown', async () => {
    work = () => Promise.reject(new Error('SECRET'));
    assert.deepEqual(await runner()('J', never, 1), { end: 'done' });
    const job = await jobs().get('J');
    assert.deepEqual([job?.state, job?.error?.code], ['failed', 'INTERNAL_ERROR']);
    assert.doesNotMatch(JSON.stringify(job), /SECRET/);
  });

  it('is over after its time, whatever the clock of the wall says, or when somebody waits', async () => {
    let waits = false;
    work = async ({ isOver }) => {
      assert.equal(isOver(), false);
      waits = true;
      assert.equal(isOver(), true);
      waits = false;
      bench.clock.advance(60_000);
      assert.equal(isOver(), true);
      return done;
    };
    await runner('here', () => waits)('J', never, 1);
    assert.equal(await state(), 'completed');
  });
});
