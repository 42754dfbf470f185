import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import type { JobRecord, JobState, JobStore, NewJob } from './contracts/jobs.ts';
import { type Bench, openBench, T0 } from './test-support.ts';

export const NOW_MS = T0 * 1_000;
export const LEASE_MS = 60_000;

/** What only the table says. */
export interface Lease {
  readonly holder: string | null;
  readonly until: number | null;
}

export interface JobBench {
  readonly bench: Bench;
  readonly jobs: JobStore;
  /** A new job; joins none. */
  create(id: string, change?: Partial<NewJob>): Promise<JobRecord>;
  /** A claim that succeeds. */
  claim(id: string, holder?: string): Promise<JobRecord>;
  /** A new job in this state, without a lease. */
  inState(id: string, state: JobState): Promise<JobRecord>;
  get(id: string): Promise<JobRecord>;
  lease(id: string): Lease;
  close(): Promise<void>;
}

export async function openJobBench(): Promise<JobBench> {
  const bench = await openBench();
  const { jobs } = bench.history;
  const known = (job: JobRecord | null): JobRecord => {
    assert.ok(job !== null);
    return job;
  };
  const create: JobBench['create'] = async (id, change = {}) => {
    const { job, joined } = await jobs.create({
      id,
      kind: 'history',
      owner: 'mcp',
      fingerprint: id,
      args: { chats: [1, 2] },
      ...change,
    });
    assert.equal(joined, false);
    return job;
  };
  const claim: JobBench['claim'] = async (id, holder = 'a') => known(await jobs.claim(id, holder, LEASE_MS));
  return {
    bench,
    jobs,
    create,
    claim,
    inState: async (id, state) => {
      const made = await create(id);
      if (state === 'queued') return made;
      if (state === 'paused') return known((await jobs.setWish(id, 'pause'))?.job ?? null);
      const { fence } = await claim(id);
      if (state === 'cancelled') await jobs.setWish(id, 'cancel');
      const saved = await jobs.save(id, fence, { state });
      await jobs.release(id, fence);
      return saved;
    },
    get: async (id) => known(await jobs.get(id)),
    lease: (id) => {
      const db = new Database(bench.file, { readonly: true });
      try {
        return db.prepare('SELECT holder, lease_until_ms AS until FROM jobs WHERE id = ?').get(id) as Lease;
      } finally {
        db.close();
      }
    },
    close: () => bench.close(),
  };
}
