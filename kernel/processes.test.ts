import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from '#kernel/testing/until.ts';
import {
  argumentsOf,
  descendantsOf,
  isRunning,
  processesNaming,
  residentBytesOf,
  startTicksOf,
} from './processes.ts';

const MISSING_PID = 4_194_399;

describe('processes', () => {
  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  it('are found by their folder, whether they run, and by whom', async () => {
    const folder = `/somewhere/tandem-demo-${process.pid}`;
    const waits = 'process.stdout.write("up"); setInterval(() => {}, 1000)';
    const child = spawn(process.execPath, ['-e', waits, '--', `--user-data-dir=${folder}/x`]);
    await once(child.stdout, 'data');
    const pid = child.pid ?? 0;
    assert.deepEqual(processesNaming(folder), [pid]);
    assert.ok(argumentsOf(pid).includes(`--user-data-dir=${folder}/x`));
    assert.equal(isRunning(pid), true);
    assert.ok(descendantsOf(process.pid).includes(pid));
    assert.equal(descendantsOf(process.pid).includes(process.pid), false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(isRunning(pid), false);
    assert.deepEqual(processesNaming(folder), []);
    assert.equal(descendantsOf(process.pid).includes(pid), false);
  });

  it('are known by pid and start', () => {
    assert.match(startTicksOf(process.pid) ?? '', /^\d+$/);
    assert.equal(isRunning(process.pid), true);
    assert.ok((residentBytesOf(process.pid) ?? 0) > 1_000_000);
    assert.equal(isRunning(MISSING_PID), false);
    assert.equal(isRunning(0), false);
    assert.deepEqual(
      [startTicksOf(MISSING_PID), residentBytesOf(MISSING_PID), argumentsOf(MISSING_PID)],
      [null, null, []],
    );
  });

  it('run no more as zombies, whose parent does not take them away', async () => {
    // A shell that becomes another program never waits for the children it had.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60']);
    try {
      const [printed] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(String(printed));
      await until(() => !isRunning(pid), 'zombie');
      assert.equal(process.kill(pid, 0), true, 'the number is still taken');
      assert.deepEqual(descendantsOf(parent.pid ?? 0), []);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
