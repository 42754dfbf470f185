import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineClient } from '#engines/contract/client.ts';
import { type EngineHost, serveEngine } from '#engines/contract/host.ts';
import { openOutbox } from '#engines/contract/outbox.ts';
import type { EngineStatus } from '#engines/contract/state.ts';
import { createTestEngine, type TestEngine } from '#engines/contract/test-engine.ts';
import { systemClock } from '#kernel/clock.ts';
import { loadConfig } from '#kernel/config.ts';
import { systemIds } from '#kernel/ids.ts';
import { createLogger } from '#kernel/logger.ts';
import { until } from '#kernel/testing/until.ts';
import { createFleet, type Fleet } from './fleet.ts';
import type { SupervisorEvent } from './supervisor.ts';

const SECRET = 'the-secret-that-service-and-engine-share';
const logger = createLogger({ level: 'silent', program: 'test' });

describe('engine elsewhere', function () {
  this.timeout(30_000);
  let dir: string;
  let fleet: Fleet | null;
  let events: SupervisorEvent[];
  let running: { readonly engine: TestEngine; readonly host: EngineHost } | null;
  let port: number;
  let runs: number;
  const secretFile = () => join(dir, 'secret');

  /** What a container does: the same address, outbox and secret file, another process. */
  async function run({ secret = SECRET, status = {} as Partial<EngineStatus>, comesBack = true } = {}) {
    runs += 1;
    const engine = createTestEngine(openOutbox(join(dir, 'outbox.db')));
    engine.setStatus({ pid: 7, ...status });
    const onExit = () => void end().then(() => (comesBack ? run({ secret }) : undefined));
    const host = await serveEngine({ engine, secret, port, onExit, logger });
    running = { engine, host };
    port = host.port;
  }
  async function end() {
    const ending = running;
    running = null;
    await ending?.host.close();
    await ending?.engine.close();
  }
  function open(env: Readonly<Record<string, string>> = {}) {
    fleet = createFleet({
      config: loadConfig({
        TANDEM_DATA_DIR: dir,
        TANDEM_ENGINES: 'baileys',
        TANDEM_BAILEYS_URL: `http://127.0.0.1:${port}`,
        TANDEM_ENGINE_SECRET_FILE: secretFile(),
        TANDEM_ENGINE_START_TIMEOUT_MS: '1000',
        ...env,
      }),
      ids: systemIds,
      clock: systemClock,
      logger,
      env: {},
      random: () => 0,
    });
    const supervisor = fleet.supervisor('baileys');
    supervisor.on((event) => events.push(event));
    return supervisor;
  }
  const told = () => events.map(({ type, generation }) => `${type} ${generation}`);
  const clientNow = (): EngineClient => {
    const last = events.at(-1);
    return last?.type === 'up' ? last.client : assert.fail('the engine is not up');
  };

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tandem-elsewhere-'));
    writeFileSync(secretFile(), `${SECRET}\n`);
    events = [];
    running = null;
    fleet = null;
    port = 0;
    runs = 0;
  });
  afterEach(async () => {
    await fleet?.stop();
    await end();
    rmSync(dir, { recursive: true, force: true });
  });

  it('is connected to, shown without a pid, and left running when the service stops', async () => {
    await run();
    const supervisor = open();
    await supervisor.start();
    assert.deepEqual([supervisor.view().state, supervisor.view().pid], ['running', null]);
    assert.equal((await clientNow().status()).pid, null);
    await fleet?.stop();
    assert.deepEqual([told(), supervisor.view().state, runs], [['up 1', 'down 1'], 'stopped', 1]);
    assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
  });

  it('may be away at the start and for a while later; each connection is a generation', async () => {
    await run();
    await end();
    const supervisor = open();
    await assert.rejects(supervisor.start(), (error: { code: string; hint: string }) => {
      assert.equal(error.code, 'ENGINE_UNREACHABLE');
      assert.match(error.hint, /TANDEM_BAILEYS_URL/);
      return true;
    });
    assert.equal(supervisor.view().state, 'waiting');
    await run();
    await until(() => supervisor.view().state === 'running', 'connection');
    await end();
    await until(() => supervisor.view().state === 'waiting', 'loss');
    assert.equal(supervisor.view().error?.code, 'ENGINE_UNREACHABLE');
    await run();
    await until(() => supervisor.view().state === 'running', 'second connection');
    assert.deepEqual(told(), ['up 1', 'down 1', 'up 2']);
    await clientNow().status();
  });

  it('with another secret rests in a state that says so, and heals when the file is put right', async () => {
    await run({ secret: 'quite-another-secret-of-another-service' });
    const supervisor = open();
    await assert.rejects(supervisor.start(), { code: 'ENGINE_SECRET_WRONG', engine: 'baileys' });
    const { state, error, nextStartAtMs } = supervisor.view();
    assert.deepEqual([state, error?.code], ['resting', 'ENGINE_SECRET_WRONG']);
    assert.ok((nextStartAtMs ?? 0) > Date.now() + 30_000);
    writeFileSync(secretFile(), 'quite-another-secret-of-another-service');
    await supervisor.restart('asked for');
    assert.deepEqual([supervisor.view().state, supervisor.view().error], ['running', null]);
  });

  it('ends for a restart that was asked for, and is met again as the next generation', async () => {
    await run();
    const supervisor = open();
    await supervisor.start();
    await supervisor.restart('asked for', 99);
    assert.equal(runs, 1);
    await Promise.all([supervisor.restart('asked for', 1), supervisor.restart('asked for', 1)]);
    assert.deepEqual([runs, told()], [2, ['up 1', 'down 1', 'up 2']]);
    assert.deepEqual([supervisor.view().state, supervisor.view().deaths], ['running', 0]);
  });

  it('that nobody starts again is a failed start, and is still found later', async () => {
    await run({ comesBack: false });
    const supervisor = open();
    await supervisor.start();
    await assert.rejects(supervisor.restart('asked for'), { code: 'ENGINE_START_FAILED' });
    await run();
    await until(() => supervisor.view().state === 'running', 'connection');
  });

  it('that hangs is left and tried again', async () => {
    let asked = 0;
    const hung: Server = createServer(() => {
      asked += 1;
    });
    await run();
    const supervisor = open();
    await supervisor.start();
    await end();
    await new Promise<void>((resolve) => void hung.listen(port, '127.0.0.1', resolve));
    try {
      await until(() => supervisor.view().state === 'waiting', 'loss');
      // The stop does not hang with the try.
      await until(() => asked > 0, 'try that hangs');
      await fleet?.stop();
      assert.equal(supervisor.view().state, 'stopped');
    } finally {
      hung.closeAllConnections();
      await new Promise((resolve) => hung.close(resolve));
    }
  });

  it('is left when it stopped answering probes, and met again', async () => {
    await run();
    const supervisor = open();
    await supervisor.start();
    await supervisor.restart('unresponsive', 1);
    assert.deepEqual([told(), runs], [['up 1', 'down 1', 'up 2'], 1]);
  });

  it('of another kind than the address says is a configuration to mend', async () => {
    await run({ status: { engine: 'webjs' } });
    const supervisor = open();
    await assert.rejects(supervisor.start(), { code: 'CONFIG_INVALID' });
    assert.equal(supervisor.view().state, 'resting');
  });

  describe('needs in its settings', () => {
    const refuses = (env: Readonly<Record<string, string>>, problem: RegExp) =>
      assert.throws(() => open(env), { code: 'CONFIG_INVALID', message: problem });

    beforeEach(() => {
      port = 8081;
    });

    it('a secret of some length', () => {
      refuses({ TANDEM_ENGINE_SECRET_FILE: '' }, /TANDEM_BAILEYS_URL: needs .* TANDEM_ENGINE_SECRET_FILE/);
      refuses(
        { TANDEM_ENGINE_SECRET_FILE: join(dir, 'none') },
        /TANDEM_ENGINE_SECRET_FILE: .*cannot be read/,
      );
      writeFileSync(secretFile(), 'short');
      refuses({}, /TANDEM_ENGINE_SECRET_FILE: expected at least 32/);
    });

    it('an address without path or password', () => {
      for (const url of ['http://host:1/path', 'http://user:word@host:1', 'http://host:1/?a=b'])
        refuses({ TANDEM_BAILEYS_URL: url }, /TANDEM_BAILEYS_URL: expected protocol/);
    });
  });
});
