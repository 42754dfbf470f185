import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openScratchFolder } from './scratch-folder.ts';

describe('scratch folders', () => {
  const prefix = `tandem-scratch-${process.pid}-`;
  const module = new URL('./scratch-folder.ts', import.meta.url).href;
  const made: string[] = [];
  afterEach(() => {
    for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
  });
  const open = async (left = {}) => {
    const folder = await openScratchFolder(prefix, left);
    made.push(folder.dir);
    return folder;
  };
  /** Of a process that is killed right after. */
  const abandoned = () => {
    const script = `const { openScratchFolder } = await import(${JSON.stringify(module)});
      process.stdout.write((await openScratchFolder(${JSON.stringify(prefix)}, { isUsed: () => true })).dir, () => process.kill(process.pid, 'SIGKILL'));`;
    const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    assert.deepEqual([signal, existsSync(stdout)], ['SIGKILL', true]);
    made.push(stdout);
    return stdout;
  };

  it('go with their owner, or with the next one', async () => {
    const mine = await open();
    const dead = abandoned();
    const next = await open();
    assert.deepEqual([mine.dir, dead, next.dir].map(existsSync), [true, false, true]);
    await next.remove();
    assert.equal(existsSync(next.dir), false);
  });

  it('stay while something works in them', async () => {
    const dead = abandoned();
    await open({ isUsed: (dir: string) => dir === dead });
    assert.equal(existsSync(dead), true);
    const removed: string[] = [];
    await open({ onRemove: (dir: string) => removed.push(dir) });
    assert.deepEqual([existsSync(dead), removed], [false, [dead]]);
  });

  it('are nobody else’s: no note of an owner, another machine, a reused number', async function () {
    if (process.platform !== 'linux') this.skip();
    const note = (dir: string) => join(dir, 'scratch-owner.json');
    const other = await open();
    const owner = JSON.parse(readFileSync(note(other.dir), 'utf8'));
    writeFileSync(note(other.dir), JSON.stringify({ ...owner, pid: 999_999_999, host: 'elsewhere' }));
    const bare = join(tmpdir(), `${prefix}bare`);
    mkdirSync(bare);
    made.push(bare);
    const reused = await open();
    writeFileSync(note(reused.dir), JSON.stringify({ ...owner, startTicks: '1' }));
    await open();
    assert.deepEqual([other.dir, bare, reused.dir].map(existsSync), [true, true, false]);
  });
});
