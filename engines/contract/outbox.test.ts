import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OUTBOX_ENTRY_MAX_OBSERVATIONS } from '#kernel/limits.ts';
import { type Outbox, openOutbox } from './outbox.ts';
import { sampleMessage } from './samples.ts';

const many = (count: number) => Array.from({ length: count }, (_, n) => sampleMessage(n));

describe('outbox', () => {
  let dir: string;
  let file: string;
  let outbox: Outbox;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tandem-outbox-'));
    file = join(dir, 'outbox.db');
    outbox = openOutbox(file);
  });
  afterEach(() => {
    outbox.close();
    rmSync(dir, { recursive: true, force: true });
  });

  function reopen(): void {
    outbox.close();
    outbox = openOutbox(file);
  }

  it('numbers entries without gaps, over restarts and after everything was pruned', () => {
    const { id } = outbox;
    assert.equal(outbox.append(many(1)), 1);
    assert.equal(outbox.append([]), 1);
    assert.equal(outbox.append(many(1)), 2);
    outbox.prune(2);
    reopen();
    assert.equal(outbox.id, id);
    assert.deepEqual(outbox.stats(), { id, firstSeq: 3, lastSeq: 2, entries: 0 });
    assert.equal(outbox.append(many(1)), 3);
    assert.deepEqual(outbox.stats(), { id, firstSeq: 3, lastSeq: 3, entries: 1 });
  });

  it('splits long lists into entries that every consumer can take', () => {
    assert.equal(outbox.append(many(2 * OUTBOX_ENTRY_MAX_OBSERVATIONS + 1)), 3);
    const sizes = outbox.read(0, 1e9).map((entry) => (JSON.parse(entry.json) as unknown[]).length);
    assert.deepEqual(sizes, [OUTBOX_ENTRY_MAX_OBSERVATIONS, OUTBOX_ENTRY_MAX_OBSERVATIONS, 1]);
  });

  it('gives at least one entry, and no more than asked for', () => {
    for (let n = 0; n < 5; n += 1) outbox.append(many(10));
    const seqs = (after: number, max: number) => outbox.read(after, max).map((entry) => entry.seq);
    assert.deepEqual(seqs(0, 1), [1]);
    assert.deepEqual(seqs(0, 25), [1, 2]);
    assert.deepEqual(seqs(2, 1_000), [3, 4, 5]);
    assert.deepEqual(seqs(5, 10), []);
  });

  it('shows what is written beside the event loop once it is on the disk, and in order', async () => {
    const shown = () => [outbox.read(0, 100).map(({ seq }) => seq), outbox.stats().lastSeq];
    const first = outbox.appendBeside(many(1));
    assert.deepEqual(shown(), [[], 0]);
    assert.equal(outbox.append(many(1)), 2, 'what waits for the disk takes along what stands before it');
    assert.deepEqual(shown(), [[1, 2], 2]);
    assert.equal(await first, 1);
    const seen = outbox.waitFor(2, 10_000).then(shown);
    assert.equal(await outbox.appendBeside(many(1)), 3);
    assert.deepEqual(await seen, [[1, 2, 3], 3]);
    assert.equal(await outbox.appendBeside([]), 3);
    const late = outbox.appendBeside(many(1));
    reopen();
    assert.equal(await late, 4);
    assert.deepEqual(shown(), [[1, 2, 3, 4], 4]);
  });

  it('has another id when the file was made anew', () => {
    const { id } = outbox;
    outbox.close();
    for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
    outbox = openOutbox(file);
    assert.notEqual(outbox.id, id);
  });

  it('wakes a waiting reader on append, on abort and on time', async () => {
    let woken = false;
    const waiting = outbox.waitFor(0, 10_000).then(() => {
      woken = true;
    });
    await new Promise(setImmediate);
    assert.equal(woken, false);
    outbox.append(many(1));
    await waiting;
    await outbox.waitFor(0, 10_000);
    await outbox.waitFor(1, 1);
    const abort = new AbortController();
    const aborted = outbox.waitFor(1, 10_000, abort.signal);
    abort.abort();
    await aborted;
  });

  it('is readable by its owner only', () => {
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('loses nothing that append() confirmed when the process is killed', async () => {
    outbox.close();
    const source = `
      import { openOutbox } from ${JSON.stringify(new URL('./outbox.ts', import.meta.url).href)};
      import { sampleMessage } from ${JSON.stringify(new URL('./samples.ts', import.meta.url).href)};
      const outbox = openOutbox(${JSON.stringify(file)});
      for (let n = 0; n < 100000; n += 1) process.stdout.write(outbox.append([sampleMessage(n)]) + '\\n');
    `;
    const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.length > 200) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const confirmed = Number(printed.trimEnd().split('\n').at(-2));
    outbox = openOutbox(file);
    const seqs = outbox.read(0, 1e9).map((entry) => entry.seq);
    assert.ok(confirmed > 0 && seqs.length >= confirmed, `${confirmed} confirmed, ${seqs.length} found`);
    assert.deepEqual(
      seqs,
      seqs.map((_, at) => at + 1),
    );
  });
});
