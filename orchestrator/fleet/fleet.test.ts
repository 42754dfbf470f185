import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineClient } from '#engines/contract/client.ts';
import { systemClock } from '#kernel/clock.ts';
import { loadConfig } from '#kernel/config.ts';
import { TandemError } from '#kernel/errors.ts';
import { systemIds } from '#kernel/ids.ts';
import { createLogger } from '#kernel/logger.ts';
import { isRunning } from '#kernel/processes.ts';
import { until } from '#kernel/testing/until.ts';
import { createFleet, type Fleet } from './fleet.ts';
import type { SupervisorEvent } from './supervisor.ts';

const logger = createLogger({ level: 'silent', program: 'test' });

describe('fleet with the real baileys engine', function () {
  this.timeout(40_000);
  let dir: string;
  let fleet: Fleet;
  let events: SupervisorEvent[];
  let logs: string[];

  function open(): Fleet {
    const config = loadConfig({ TANDEM_DATA_DIR: dir });
    return createFleet({
      config,
      ids: systemIds,
      clock: systemClock,
      logger,
      forwardLog: (line) => logs.push(line),
      random: () => 0,
    });
  }
  const only = () => fleet.supervisor('baileys');
  const clientOf = (event: SupervisorEvent | undefined): EngineClient =>
    event?.type === 'up' ? event.client : assert.fail('the engine is not up');

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tandem-fleet-'));
    events = [];
    logs = [];
    fleet = open();
    only().on((event) => events.push(event));
  });
  afterEach(async () => {
    await fleet.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('starts it, speaks to it, and leaves no process behind', async () => {
    await only().start();
    const view = only().view();
    assert.equal(view.state, 'running');
    const pid = view.pid ?? assert.fail('no pid');
    const status = await clientOf(events[0]).status();
    assert.deepEqual([status.engine, status.level, status.pid], ['baileys', 'unlinked', pid]);
    await fleet.stop();
    assert.ok(!isRunning(pid));
    assert.deepEqual([only().view().state, only().view().deaths], ['stopped', 0]);
    assert.ok(logs.every((line) => line.startsWith('{')));
  });

  it('brings it back after a kill, as a new generation with a new secret', async () => {
    await only().start();
    const first = only().view();
    const old = clientOf(events[0]);
    process.kill(first.pid ?? 0, 'SIGKILL');
    await until(() => only().view().generation === 2 && only().view().state === 'running', 'return');
    assert.deepEqual(
      events.map((event) => [event.type, event.generation]),
      [
        ['up', 1],
        ['down', 1],
        ['up', 2],
      ],
    );
    const { deaths, lastExit } = only().view();
    assert.deepEqual([deaths, lastExit?.signal], [1, 'SIGKILL']);
    await clientOf(events[2]).status();
    await assert.rejects(old.status(), { code: 'ENGINE_UNREACHABLE' });
  });

  it('restarts on request, and ignores requests that mean an older process', async () => {
    await only().start();
    const { pid } = only().view();
    await only().restart('unresponsive', 7);
    assert.equal(only().view().pid, pid);
    await Promise.all([only().restart('asked for', 1), only().restart('asked for', 1)]);
    assert.equal(only().view().generation, 2);
    assert.notEqual(only().view().pid, pid);
    assert.equal(only().view().deaths, 0);
    assert.ok(!isRunning(pid ?? 0));
  });

  it('says why it cannot start, goes on trying, and can be stopped meanwhile', async () => {
    const other = open();
    await other.supervisor('baileys').start();
    try {
      const error = await only()
        .start()
        .then(
          () => assert.fail('two engines on one session'),
          (thrown: unknown) => thrown,
        );
      assert.ok(error instanceof TandemError);
      assert.equal(error.engine, 'baileys');
      assert.equal(only().view().error?.code, error.code);
      assert.equal(only().view().state, 'waiting');
      assert.ok((only().view().nextStartAtMs ?? 0) > Date.now());
      await only().stop();
      assert.equal(only().view().state, 'stopped');
    } finally {
      await other.stop();
    }
  });

  it('gives up on a start that takes too long, and kills what it started', async () => {
    // Stopped at once by a debugger that nobody attaches to: a real process that never becomes ready.
    const stuck = createFleet({
      config: loadConfig({ TANDEM_DATA_DIR: dir, TANDEM_ENGINE_START_TIMEOUT_MS: '1000' }),
      ids: systemIds,
      clock: systemClock,
      logger,
      env: { ...process.env, NODE_OPTIONS: '--inspect-brk=127.0.0.1:0' },
      forwardLog: (line) => logs.push(line),
    });
    const supervisor = stuck.supervisor('baileys');
    const starting = supervisor.start();
    starting.catch(() => undefined);
    await until(() => supervisor.view().pid !== null, 'running process');
    const pid = supervisor.view().pid ?? 0;
    await assert.rejects(starting, (error: TandemError) => {
      assert.deepEqual([error.code, error.details?.stage], ['ENGINE_START_FAILED', 'timeout']);
      return true;
    });
    assert.ok(!isRunning(pid));
    await stuck.stop();
  });

  it('does not outlive a parent that was killed', async () => {
    const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
    const source = `
      import { createFleet } from ${url('./fleet.ts')};
      import { loadConfig } from ${url('../../kernel/config.ts')};
      import { systemClock } from ${url('../../kernel/clock.ts')};
      import { systemIds } from ${url('../../kernel/ids.ts')};
      import { createLogger } from ${url('../../kernel/logger.ts')};
      const fleet = createFleet({
        config: loadConfig({ TANDEM_DATA_DIR: ${JSON.stringify(dir)} }), ids: systemIds, clock: systemClock,
        logger: createLogger({ level: 'silent', program: 'parent' }), forwardLog: () => {},
      });
      await fleet.supervisor('baileys').start();
      console.log(fleet.supervisor('baileys').view().pid);
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    assert.ok(isRunning(pid));
    parent.kill('SIGKILL');
    await once(parent, 'close');
    await until(() => !isRunning(pid), 'end of the engine');
    // The session is free for the next owner.
    await only().start();
  });
});
