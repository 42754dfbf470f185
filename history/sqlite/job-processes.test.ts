import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { systemClock } from '#kernel/clock.ts';
import type { JobStore } from '../contracts/jobs.ts';
import { type JobBench, openJobBench } from '../test-jobs.ts';
import { openDatabase } from './database.ts';
import { createJobStore } from './jobs.ts';

const CLAIMS_EACH = 100;
const PROCESSES = 2;
/** Far above what two processes need that get in each other's way. */
const TRIES_MAX = 200_000;

/** A second process with its own connection to the file; `body` finds `jobs` and prints with `tell`. */
function startProcess(file: string, body: string): ChildProcess {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const source = `
    import { openDatabase } from ${url('./database.ts')};
    import { createJobStore } from ${url('./jobs.ts')};
    import { systemClock as clock } from ${url('../../kernel/clock.ts')};
    const store = await openDatabase({ file: ${JSON.stringify(file)}, clock, busyTimeoutMs: 30_000 });
    const jobs = createJobStore(store, clock);
    const tell = (what) => process.stdout.write(JSON.stringify(what) + '\\n');
    ${body}
  `;
  return spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

/** What it tells, line by line. */
function lines(child: ChildProcess): AsyncIterator<string> {
  assert.ok(child.stdout !== null);
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]();
}

async function told(from: AsyncIterator<string>): Promise<unknown> {
  const { value, done } = await from.next();
  assert.ok(done !== true, 'the process ended without a word');
  return JSON.parse(value);
}

describe('jobs of two processes', function () {
  this.timeout(120_000);
  this.retries(0);
  let at: JobBench;
  let children: ChildProcess[];
  const start = (body: string): ChildProcess => {
    const child = startProcess(at.bench.file, body);
    children.push(child);
    return child;
  };
  /** Runs the same in all processes, none before all are up. */
  const together = async (body: string): Promise<unknown[]> => {
    const all = Array.from({ length: PROCESSES }, () =>
      start(`
        const begin = new Promise((resolve) => process.stdin.once('data', resolve));
        tell('up');
        await begin;
        ${body}
        await store.close();
        process.exit(0);
      `),
    );
    const tellers = all.map(lines);
    for (const teller of tellers) assert.equal(await told(teller), 'up');
    for (const child of all) child.stdin?.write('go\n');
    return Promise.all(tellers.map(told));
  };
  beforeEach(async () => {
    at = await openJobBench();
    children = [];
  });
  afterEach(async () => {
    for (const child of children)
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    await at.close();
  });

  it('are claimed by one of them at a time', async () => {
    await at.create('j');
    // Whoever shares the job with another would write a number that the other has written too.
    const body = `
      const fences = [];
      let refused = 0;
      for (let n = 0; n < ${TRIES_MAX} && fences.length < ${CLAIMS_EACH}; n += 1) {
        const job = await jobs.claim('j', 'process-' + process.pid, 60_000);
        if (job === null) { refused += 1; await new Promise(setImmediate); continue; }
        fences.push(job.fence);
        // Long enough for the other to come in between.
        await new Promise((resolve) => setTimeout(resolve, 1));
        const { done } = await jobs.get('j');
        await jobs.save('j', job.fence, { state: 'waiting', done: done + 1 });
        await jobs.release('j', job.fence);
      }
      tell({ fences, refused });
    `;
    const found = (await together(body)) as { fences: number[]; refused: number }[];
    const all = found.flatMap((one) => one.fences).sort((a, b) => a - b);
    assert.deepEqual(
      all,
      Array.from({ length: PROCESSES * CLAIMS_EACH }, (_none, i) => i + 1),
    );
    assert.equal((await at.get('j')).done, PROCESSES * CLAIMS_EACH);
    // Otherwise they ran one after the other, and the test has shown nothing.
    assert.ok(found.some((one) => one.refused > 0));
  });

  it('are made once by the same request', async () => {
    const rounds = 50;
    const body = `
      const made = [];
      for (let n = 0; n < ${rounds}; n += 1) {
        const { job } = await jobs.create({ id: process.pid + '-' + n, kind: 'history', owner: 'mcp', fingerprint: 'f' + n, args: null });
        made.push(job.id);
      }
      tell(made);
    `;
    const [first, second] = (await together(body)) as string[][];
    assert.deepEqual(first, second);
    assert.equal((await at.jobs.list({ limit: 1_000 })).length, rounds);
  });

  it('are found after a kill between claim and save, and go on with somebody else', async () => {
    await at.create('j');
    const child = start(`
      const job = await jobs.claim('j', 'process-' + process.pid, 3_600_000);
      tell(job.fence);
      setInterval(() => {}, 1_000);
    `);
    const fence = (await told(lines(child))) as number;
    child.kill('SIGKILL');
    await once(child, 'exit');
    // The clock of the other process, by which its lease runs for another hour.
    const store = await openDatabase({ file: at.bench.file, clock: systemClock });
    try {
      const jobs: JobStore = createJobStore(store, systemClock);
      assert.equal(await jobs.claim('j', 'b', 1_000), null);
      assert.deepEqual(await jobs.interruptAbandoned(() => false), []);
      assert.deepEqual(await jobs.interruptAbandoned((holder) => holder === `process-${child.pid}`), ['j']);
      assert.equal((await jobs.get('j'))?.state, 'interrupted');
      await assert.rejects(jobs.save('j', fence, { done: 1 }), { code: 'JOB_FENCED' });
      assert.equal((await jobs.claim('j', 'b', 1_000))?.state, 'running');
    } finally {
      await store.close();
    }
  });
});
