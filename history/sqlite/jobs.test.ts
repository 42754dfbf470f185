import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import type { JobRecord, JobStore, NewJob } from '../contracts/jobs.ts';
import { type Bench, openBench, T0 } from '../test-support.ts';

const NOW_MS = T0 * 1_000;
const LEASE_MS = 60_000;
const nobodyIsGone = () => false;

describe('jobs', () => {
  let bench: Bench;
  let jobs: JobStore;
  beforeEach(async () => {
    bench = await openBench();
    jobs = bench.history.jobs;
  });
  afterEach(() => bench.close());

  const create = async (change: Partial<NewJob> & { readonly id: string }): Promise<JobRecord> => {
    const { job, joined } = await jobs.create({
      kind: 'history',
      owner: 'mcp',
      fingerprint: change.id,
      args: { chats: [1, 2] },
      ...change,
    });
    assert.equal(joined, false);
    return job;
  };
  const claim = async (id: string, holder = 'a'): Promise<JobRecord> => {
    const job = await jobs.claim(id, holder, LEASE_MS);
    assert.ok(job !== null, `${id} can be claimed`);
    return job;
  };
  const get = async (id: string): Promise<JobRecord> => {
    const job = await jobs.get(id);
    assert.ok(job !== null);
    return job;
  };
  const stateOf = async (id: string) => (await get(id)).state;
  const itemStates = async (id: string) => (await jobs.items(id)).map((item) => item.state);
  const lease = (id: string) => {
    const db = new Database(bench.file, { readonly: true });
    try {
      return db.prepare('SELECT holder, lease_until_ms AS until FROM jobs WHERE id = ?').get(id) as {
        readonly holder: string | null;
        readonly until: number | null;
      };
    } finally {
      db.close();
    }
  };

  describe('made', () => {
    it('hold what was asked for, and nothing has happened to them yet', async () => {
      const made = await create({ id: 'j', priority: 3, total: 9, args: { chat: 'x', deep: [null, true] } });
      assert.deepEqual(made, {
        id: 'j',
        kind: 'history',
        owner: 'mcp',
        fingerprint: 'j',
        args: { chat: 'x', deep: [null, true] },
        state: 'queued',
        wish: 'run',
        reason: null,
        priority: 3,
        done: 0,
        total: 9,
        facts: null,
        result: null,
        error: null,
        parentId: null,
        turn: 0,
        fence: 0,
        nextTurnAtMs: null,
        createdAtMs: NOW_MS,
        startedAtMs: null,
        updatedAtMs: NOW_MS,
        endedAtMs: null,
      });
      assert.deepEqual(await jobs.get('j'), made);
      assert.equal(await jobs.get('unknown'), null);
    });

    it('are joined by the same request while they are unfinished, whatever they do', async () => {
      const first = await create({ id: 'first', fingerprint: 'f' });
      const again = (id: string, change: Partial<NewJob> = {}) =>
        jobs.create({ id, kind: 'history', owner: 'mcp', fingerprint: 'f', args: null, ...change });
      assert.deepEqual(await again('x1'), { job: first, joined: true });
      assert.equal(await jobs.get('x1'), null);
      assert.equal((await again('other-owner', { owner: 'cli' })).joined, false);
      assert.equal((await again('other-kind', { kind: 'purge' })).joined, false);
      assert.equal((await again('other-request', { fingerprint: 'g' })).joined, false);
      const { fence } = await claim('first');
      assert.equal((await again('x2')).job.id, 'first');
      await jobs.save('first', fence, { state: 'waiting' });
      assert.equal((await again('x3')).job.id, 'first');
      await jobs.save('first', fence, { state: 'completed' });
      assert.equal((await again('x4')).joined, false);
    });

    it('are not joined once their owner cancels them', async () => {
      await create({ id: 'old', fingerprint: 'f' });
      await claim('old');
      await jobs.setWish('old', 'cancel');
      assert.equal(await stateOf('old'), 'running');
      await create({ id: 'new', fingerprint: 'f' });
    });
  });
});
