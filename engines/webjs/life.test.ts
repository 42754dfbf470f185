import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireBrowser } from '#kernel/browser-path.ts';
import { removeBrowserSocket } from '#kernel/browser-socket.ts';
import { loadConfig } from '#kernel/config.ts';
import { isRunning } from '#kernel/processes.ts';
import { shapeOf } from '#simulator/account/presets.ts';
import { createFixedWorld } from '#simulator/account/world.ts';
import { clientEnvironment } from '#simulator/environment.ts';
import { createSimulator, type Simulator } from '#simulator/simulator.ts';
import { launchOptions, ownUserAgent, profileDir } from './browser.ts';
import { createLife, type Life } from './life.ts';
import { testEnvironment } from './testing/bench.ts';

describe('webjs: one life', function () {
  this.timeout(60_000);
  let dir: string;
  let simulator: Simulator;
  let life: Life | null = null;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tandem-life-'));
    const shape = shapeOf('tiny', {});
    simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
  });
  afterEach(async () => {
    await life?.end(1_000);
    life = null;
    await simulator.close();
    removeBrowserSocket(profileDir(dir));
    await rm(dir, { recursive: true, force: true });
  });

  const begin = (executable: string, userAgent: string | null) => {
    const config = loadConfig({ ...clientEnvironment(simulator), ...testEnvironment });
    const pids: number[] = [];
    const qr = Promise.withResolvers<string>();
    const nothing = () => undefined;
    const started = createLife(
      {
        engineDir: dir,
        launch: (signal) => launchOptions(config, executable, userAgent, signal),
        userAgent,
        readyTimeoutMs: config.webjsReadyTimeoutMs,
        callTimeoutMs: config.webjsCallTimeoutMs,
        heartbeatMs: config.webjsHeartbeatMs,
      },
      {
        onLaunched: (browser) => pids.push(browser.process()?.pid ?? 0),
        onQr: qr.resolve,
        onAuthenticated: nothing,
        onReady: nothing,
        onReloading: nothing,
        onState: nothing,
        onPulse: nothing,
        onSlow: nothing,
        onPageError: nothing,
        onDead: (reason) => qr.reject(new Error(reason)),
      },
    );
    life = started;
    started.start();
    return { started, pids, qr: qr.promise };
  };
  const agentOf = (from: Life) =>
    from
      .page()
      ?.evaluate(() => (globalThis as unknown as { navigator: { userAgent: string } }).navigator.userAgent);

  it('calls itself what the browser would with a window, whoever starts it', async () => {
    const { executable } = requireBrowser({ setting: null });
    const known = await ownUserAgent(executable);
    const first = begin(executable, known);
    await first.qr;
    assert.equal(await agentOf(first.started), known);
    await first.started.end(1_000);

    // A start script that does not tell versions.
    const script = join(dir, 'browser.sh');
    writeFileSync(script, `#!/bin/sh\n[ "$1" = --version ] && exit 1\nexec ${executable} "$@"\n`);
    chmodSync(script, 0o755);
    assert.equal(await ownUserAgent(script), null);
    const second = begin(script, null);
    await second.qr;
    assert.equal(await agentOf(second.started), known);
  });

  it('can be ended at any moment of its start', async () => {
    const { executable } = requireBrowser({ setting: null });
    for (const pause of [0, 40, 150, 400, 900]) {
      const { started, pids, qr } = begin(executable, 'Agent/1');
      qr.catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, pause));
      await started.end(500);
      assert.ok(!pids.some(isRunning));
    }
  });
});
