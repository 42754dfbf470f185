import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type QuietConsole, quietConsole } from '#engines/contract/kit/quiet-console.ts';
import {
  type EngineProcess,
  failToStart,
  startEngine,
} from '#engines/contract/kit/testing/engine-process.ts';
import { ENGINE_SECRET_ENV, readSupervisedLine } from '#engines/contract/supervised.ts';
import { removeBrowserSocket } from '#kernel/browser-socket.ts';
import { argumentsOf, descendantsOf, isRunning, processesNaming } from '#kernel/processes.ts';
import { until } from '#kernel/testing/until.ts';
import { shapeOf } from '#simulator/account/presets.ts';
import { createFixedWorld } from '#simulator/account/world.ts';
import { clientEnvironment } from '#simulator/environment.ts';
import { createSimulator, type Simulator } from '#simulator/simulator.ts';
import { linkTarget } from './browser.ts';
import { testEnvironment } from './testing/bench.ts';

describe('webjs: the process', function () {
  this.timeout(60_000);
  let quiet: QuietConsole;
  before(() => {
    quiet = quietConsole();
  });
  after(() => quiet.restore());

  let simulator: Simulator;
  let dataDir: string;
  let running: EngineProcess | null = null;

  beforeEach(async () => {
    const shape = shapeOf('tiny', {});
    simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
    dataDir = await mkdtemp(join(tmpdir(), 'tandem-engine-'));
  });
  afterEach(async () => {
    await running?.kill('SIGKILL');
    running = null;
    await simulator.close();
    await until(() => browsers().length === 0, 'end of all browsers');
    removeBrowserSocket(profile());
    await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
  });

  const profile = () => join(dataDir, 'engines', 'webjs', 'session');
  const browsers = () => processesNaming(`--user-data-dir=${profile()}`);
  const options = () => ({ engine: 'webjs', simulator, dataDir, env: testEnvironment }) as const;
  const start = async (env?: Readonly<Record<string, string>>) => {
    running = await startEngine({ ...options(), env: { ...testEnvironment, ...env } });
    return running;
  };
  const end = async (act: (engine: EngineProcess) => Promise<number | null>) => {
    const engine = running;
    running = null;
    return engine === null ? null : act(engine);
  };
  // A busy machine may answer too late.
  const statusOf = (engine: EngineProcess) => engine.client.status().catch(() => null);
  const ready = (engine: EngineProcess) =>
    until(async () => {
      const status = await statusOf(engine);
      return status?.level === 'ready' && status;
    }, 'readiness');
  const link = async (engine: EngineProcess) => {
    const result = await engine.client.command('link.qr', {});
    if (result.state !== 'offered' || result.offer.method !== 'qr') throw new Error('no QR');
    assert.equal(await simulator.phone.scanQr(result.offer.text), 'linked');
    return ready(engine);
  };
  const tree = (pid: number) => [pid, ...descendantsOf(pid)];
  const allGone = (pids: readonly number[]) => until(() => !pids.some(isRunning), 'end of every process');

  it('serves the contract; with its parent goes everything', async () => {
    const engine = await start();
    const status = await link(engine);
    assert.equal(status.pid, engine.pid);
    assert.equal(status.testServer, true);
    const all = tree(engine.pid);
    assert.ok(all.length > 3);
    assert.equal(await end((one) => one.abandon()), 0);
    await allGone(all);
  });

  it('ends cleanly on SIGTERM, and the link survives', async () => {
    const first = await start();
    await link(first);
    const all = tree(first.pid);
    assert.equal(await end((one) => one.kill('SIGTERM')), 0);
    await allGone(all);
    assert.equal(existsSync(join(profile(), 'SingletonLock')), false);
    await ready(await start());
  });

  it('killed, it leaves no browser, and goes on after the next start', async () => {
    const first = await start();
    await link(first);
    const all = tree(first.pid);
    const socket = dirname(linkTarget(join(profile(), 'SingletonSocket')) ?? '');
    assert.ok(existsSync(socket));
    await end((one) => one.kill('SIGKILL'));
    await allGone(all);
    await ready(await start());
    assert.equal(existsSync(socket), false);
  });

  it('keeps what it and its browser write private', async () => {
    await link(await start());
    const open = readdirSync(join(dataDir, 'engines'), { recursive: true, withFileTypes: true })
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => ((lstatSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0)
      .filter((path) => linkTarget(path) === null);
    assert.deepEqual(open, []);
  });

  it('ends the browser that could not end by itself, and no other process', async () => {
    const first = await start();
    const status = await link(first);
    const browser = status.browser?.pid ?? 0;
    const all = tree(browser);
    // It cannot see that the other end of its pipe is gone.
    process.kill(browser, 'SIGSTOP');
    await end((one) => one.kill('SIGKILL'));
    assert.deepEqual(browsers().includes(browser), true);
    const next = await start();
    await allGone(all);
    await ready(next);
    assert.ok(next.log().includes('a browser of an earlier engine was ended'));
  });

  it('killed in the middle of a start, it leaves no browser', async () => {
    for (const pause of [50, 250, 500]) {
      const engine = await start();
      void engine.client.command('link.qr', {}).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, pause));
      const all = tree(engine.pid);
      await end((one) => one.kill('SIGKILL'));
      await allGone([...all, ...browsers()]);
    }
  });

  it('a killed service takes its engine and the browser along', async () => {
    const main = new URL('./main.mjs', import.meta.url).pathname;
    const secret = 'x'.repeat(40);
    // A parent as the service is one: it holds the pipe, and is killed.
    const script = `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ${JSON.stringify([main, '--data-dir', dataDir, '--port', '0', '--supervised'])},
        { stdio: ['pipe', 'inherit', 'ignore'] });
      setInterval(() => child.pid, 1000);
    `;
    const parent = spawn(process.execPath, ['-e', script], {
      env: {
        PATH: process.env.PATH ?? '',
        HOME: process.env.HOME ?? '',
        ...clientEnvironment(simulator),
        ...testEnvironment,
        [ENGINE_SECRET_ENV]: secret,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const text = await new Promise<string>((resolve) => {
      createInterface({ input: parent.stdout }).once('line', resolve);
    });
    const line = readSupervisedLine(text);
    assert.ok(line?.event === 'ready');
    const ask = (name: string) =>
      fetch(`http://127.0.0.1:${line.port}/commands/${name}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}` },
        body: '{}',
      });
    assert.equal((await ask('link.qr')).status, 200);
    const all = tree(line.pid);
    assert.ok(all.length > 3);
    parent.kill('SIGKILL');
    await allGone(all);
  });

  it('says why it cannot start', async () => {
    const refused = await failToStart({
      ...options(),
      env: { ...testEnvironment, [ENGINE_SECRET_ENV]: 'short' },
    });
    assert.equal(refused?.event === 'failed' && refused.error.code, 'CONFIG_INVALID');
    await start();
    const second = await failToStart(options());
    assert.equal(second?.event === 'failed' && second.error.code, 'INSTANCE_ALREADY_RUNNING');
  });

  it('outlives what the library leaves behind when the page goes away', async () => {
    const engine = await start();
    await link(engine);
    // The page leaves while documents are prepared and calls are under way.
    for (let round = 0; round < 5; round += 1) {
      simulator.web.faults.reload();
      simulator.web.faults.iframe(2);
      void engine.client.command('session.probe', {}).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 30 * round));
    }
    const page = await until(() => simulator.web.pages()[0], 'page');
    simulator.web.faults.reload();
    assert.equal(simulator.phone.unlink(page.device.id), true);
    await until(async () => (await statusOf(engine))?.level === 'logged-out', 'farewell').catch(
      async (error: unknown) => {
        const { level, reason } = await engine.client.status();
        throw new Error(`${level}/${reason}`, { cause: error });
      },
    );
    await link(engine);
    assert.equal((await engine.client.status()).pid, engine.pid);
  });

  it('writes no text, name or number into its log, and hands no secret to the browser', async () => {
    const engine = await start({ TANDEM_LOG_LEVEL: 'trace', TANDEM_TOKEN: 'y'.repeat(40) });
    const status = await link(engine);
    const [chat] = simulator.account.chats();
    simulator.account.receive({
      chat: chat?.key ?? '',
      content: { type: 'text', text: 'xyzzy-secret-text' },
    });
    const environment = readFileSync(`/proc/${status.browser?.pid}/environ`, 'utf8');
    assert.equal(/TANDEM_|yyyyyyyy/.test(environment), false);
    assert.equal(
      argumentsOf(status.browser?.pid ?? 0).some((one) => /HeadlessChrome/.test(one)),
      false,
    );
    process.kill(status.browser?.pid ?? 0, 'SIGKILL');
    await until(async () => (await statusOf(engine))?.browser?.restarts === 1, 'restart');
    await ready(engine);
    await end((one) => one.kill('SIGTERM'));
    const log = engine.log();
    assert.ok(log.includes('engine state'));
    for (const message of simulator.oracle.messages()) {
      if (message.text !== null && message.text.length > 8) assert.equal(log.includes(message.text), false);
    }
    for (const person of simulator.account.people()) {
      for (const secret of [person.pn, person.lid, person.bookName]) {
        if (secret !== null) assert.equal(log.includes(secret.split('@')[0] ?? secret), false);
      }
    }
    assert.equal(/xyzzy|[a-z0-9+/]{43}=/i.test(log), false);
  });
});
