import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { endedStates, type JobStore, jobStates } from '../contracts/jobs.ts';
import { openJobBench } from '../test-jobs.ts';
import type { JobRow } from './job-rows.ts';

/** Two generations and a stranger; small numbers, so that operations meet. */
const IDS = ['parent', 'child-1', 'child-2', 'stranger'] as const;
const LEASE_MS = 100;

const id = fc.constantFrom(...IDS);
const holder = fc.constantFrom('a', 'b');
/** Which of the fences handed out so far: writers that came too late are the point. */
const back = fc.nat(2);

type Op =
  | { readonly do: 'create' | 'nextTurn'; readonly id: string }
  | { readonly do: 'claim'; readonly id: string; readonly holder: string }
  | { readonly do: 'wish'; readonly id: string; readonly wish: 'run' | 'pause' | 'cancel' }
  | {
      readonly do: 'save';
      readonly id: string;
      readonly back: number;
      readonly state: (typeof jobStates)[number] | undefined;
    }
  | { readonly do: 'release' | 'renew' | 'items'; readonly id: string; readonly back: number }
  | { readonly do: 'interrupt'; readonly holder: string }
  | { readonly do: 'sleep'; readonly ms: number }
  | { readonly do: 'sweep' };

const operation: fc.Arbitrary<Op> = fc.oneof(
  { arbitrary: fc.record({ do: fc.constantFrom('create', 'nextTurn'), id }), weight: 3 },
  { arbitrary: fc.record({ do: fc.constant('claim'), id, holder }), weight: 5 },
  {
    arbitrary: fc.record({ do: fc.constant('wish'), id, wish: fc.constantFrom('run', 'pause', 'cancel') }),
    weight: 4,
  },
  {
    arbitrary: fc.record({
      do: fc.constant('save'),
      id,
      back,
      state: fc.option(fc.constantFrom(...jobStates), { nil: undefined }),
    }),
    weight: 5,
  },
  { arbitrary: fc.record({ do: fc.constantFrom('release', 'renew', 'items'), id, back }), weight: 4 },
  { arbitrary: fc.record({ do: fc.constant('interrupt'), holder }), weight: 2 },
  {
    arbitrary: fc.record({ do: fc.constant('sleep'), ms: fc.constantFrom(1, LEASE_MS / 2, LEASE_MS) }),
    weight: 2,
  },
  { arbitrary: fc.record({ do: fc.constant('sweep') }), weight: 1 },
);

describe('states of jobs', function () {
  this.timeout(120_000);
  this.retries(0);
  it('are legal after whatever happens in whatever order, and an old fence writes nothing', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { minLength: 5, maxLength: 100, size: 'max' }),
        async (operations) => {
          const at = await openJobBench();
          const db = new Database(at.bench.file, { readonly: true });
          try {
            const look = () =>
              new Map((db.prepare('SELECT * FROM jobs').all() as JobRow[]).map((row) => [row.id, row]));
            const fences = new Map<string, number[]>();
            let before = look();
            for (const op of operations) {
              const nowMs = at.bench.clock.now();
              const refused = await apply(at.jobs, op, fences, before, at.bench.clock.advance);
              const after = look();
              if (refused) assert.deepEqual(after, before);
              for (const row of after.values()) {
                check(row, nowMs, at.bench.clock.now());
                const old = before.get(row.id);
                if (old !== undefined) assert.ok(row.fence >= old.fence, 'the fence never goes down');
                seen.add(`${row.state}, wish ${row.wish}${row.holder === null ? '' : ', held'}`);
              }
              before = after;
            }
          } finally {
            db.close();
            await at.close();
          }
        },
      ),
      { seed: 20_261_121, numRuns: 250 },
    );
    // Every state was reached, and those with a wish that a turn has not seen yet.
    for (const state of jobStates)
      assert.ok(
        [...seen].some((one) => one.startsWith(state)),
        state,
      );
    for (const one of ['running, wish cancel, held', 'waiting, wish pause, held'])
      assert.ok(seen.has(one), [...seen].join('; '));
  });
});

function check(row: JobRow, beforeMs: number, nowMs: number): void {
  const ended = endedStates.includes(row.state);
  assert.equal(row.ended_at_ms !== null, ended, 'ended is the same as having an end');
  const leased = [row.holder, row.lease_until_ms, row.lease_ms].map((value) => value !== null);
  assert.equal(new Set(leased).size, 1, 'a lease is there as a whole or not at all');
  if (row.holder !== null) {
    assert.match(row.state, /^(running|waiting)$/);
    assert.ok(row.started_at_ms !== null && row.fence > 0);
  }
  if (row.holder === null && !ended && row.wish !== 'run')
    // Nobody may claim it and no turn would see the wish.
    assert.deepEqual([row.state, row.wish], ['paused', 'pause']);
  assert.ok(row.lease_until_ms === null || row.lease_until_ms <= Math.max(beforeMs, nowMs) + LEASE_MS);
}

/** True when the operation was refused, which must leave everything as it was. */
async function apply(
  jobs: JobStore,
  op: Op,
  fences: Map<string, number[]>,
  rows: ReadonlyMap<string, JobRow>,
  sleep: (ms: number) => void,
): Promise<boolean> {
  const fenceOf = (job: string, backBy: number) => (fences.get(job) ?? [0]).at(-1 - backBy) ?? 0;
  const attempt = async (job: string, fence: number, work: Promise<unknown>): Promise<boolean> => {
    try {
      await work;
      assert.equal(fence, rows.get(job)?.fence, 'only the newest fence writes');
      return false;
    } catch (thrown) {
      const { code } = thrown as { code?: string };
      assert.ok(code === 'JOB_FENCED' || code === 'JOB_NOT_FOUND', String(thrown));
      return true;
    }
  };
  switch (op.do) {
    case 'create': {
      const parentId = op.id.startsWith('child') ? { parentId: 'parent' } : {};
      if (rows.has(op.id)) return false;
      await jobs.create({
        id: op.id,
        kind: 'history',
        owner: 'o',
        fingerprint: op.id,
        args: null,
        ...parentId,
      });
      fences.delete(op.id);
      return false;
    }
    case 'nextTurn':
      return attempt(op.id, rows.get(op.id)?.fence ?? 0, jobs.nextTurn(op.id));
    case 'claim': {
      const job = await jobs.claim(op.id, op.holder, LEASE_MS);
      if (job === null) return true;
      assert.deepEqual([job.state, job.wish], ['running', 'run']);
      fences.set(op.id, [...(fences.get(op.id) ?? [0]), job.fence]);
      return false;
    }
    case 'wish':
      await jobs.setWish(op.id, op.wish);
      return false;
    case 'save': {
      const fence = fenceOf(op.id, op.back);
      const change = op.state === undefined ? {} : { state: op.state };
      return attempt(op.id, fence, jobs.save(op.id, fence, change));
    }
    case 'release':
    case 'renew':
    case 'items': {
      const fence = fenceOf(op.id, op.back);
      const work =
        op.do === 'release'
          ? jobs.release(op.id, fence)
          : op.do === 'renew'
            ? jobs.renew(op.id, fence, LEASE_MS)
            : jobs.addItems(op.id, fence, [{ chatId: 1, messageKey: null }]);
      return attempt(op.id, fence, work);
    }
    case 'interrupt':
      await jobs.interruptAbandoned((one) => one === op.holder);
      return false;
    case 'sleep':
      sleep(op.ms);
      return false;
    case 'sweep':
      await jobs.sweep(Number.MAX_SAFE_INTEGER);
      return false;
  }
}
