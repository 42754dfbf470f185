import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { findBrowser } from '#kernel/browser-path.ts';
import { createWorld, type World, type WorldOptions } from '../testing/world.ts';
import type { CheckName } from './check.ts';

describe('diagnostics of the browser', () => {
  let world: World;
  const open = async (options: WorldOptions = {}) => {
    world = await createWorld({ webjs: {}, ...options });
  };
  afterEach(() => world.close());
  const both = { engines: ['baileys', 'webjs'] } as const;
  const check = async (name: CheckName) => {
    const { data } = await world.services.diagnose({ checks: [name], bundle: false });
    const [first] = data.checks;
    assert.ok(first);
    return first;
  };
  /** A program in the place of the browser; it fails as a browser does. */
  const executable = (script: string) => {
    const file = join(world.dir, 'browser');
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const openWith = async (script: string) => {
    await open({ config: { engines: [...both.engines] } });
    const webjsExecutable = executable(script);
    Object.assign(world.config, { webjsExecutable });
  };

  it('looks for none where no engine needs one', async () => {
    await open({ config: { engines: ['baileys'] } });
    assert.match((await check('browser')).finding, /Not needed/);
    assert.match((await check('profile')).finding, /Not needed/);
  });

  it('starts the browser of this machine', async function () {
    this.timeout(30_000);
    const { found } = findBrowser({ setting: null });
    assert.ok(found, 'npm run setup gets one');
    await open({
      config: { engines: [...both.engines], webjsExecutable: found.executable, webjsSandbox: false },
    });
    const { ok, finding } = await check('browser');
    assert.ok(ok, finding);
    assert.ok(!finding.includes(found.executable), 'paths stay out of a report');
  });

  it('says why a browser does not start', async function () {
    if (process.platform === 'win32') return this.skip();
    await openWith('echo "Running as root without --no-sandbox is not supported." >&2; exit 1');
    const root = await check('browser');
    assert.deepEqual([root.ok, root.severity], [false, 'error']);
    assert.match(root.remedy ?? '', /ordinary user/);
    executable('echo "error while loading shared libraries: libnss3.so" >&2; exit 127');
    assert.match((await check('browser')).remedy ?? '', /package manager/);
    Object.assign(world.config, { webjsExecutable: join(world.dir, 'gone') });
    assert.equal((await check('browser')).code, 'BROWSER_MISSING');
  });

  it('knows whose lock is on the profile', async function () {
    if (process.platform === 'win32') return this.skip();
    await open({ config: { engines: [...both.engines] } });
    const profile = join(world.dir, 'engines', 'webjs', 'session');
    mkdirSync(profile, { recursive: true });
    const lock = (target: string) => {
      rmSync(join(profile, 'SingletonLock'), { force: true });
      symlinkSync(target, join(profile, 'SingletonLock'));
    };
    assert.equal((await check('profile')).ok, true);
    lock(`${hostname()}-999999999`);
    assert.match((await check('profile')).finding, /ended browser/);
    lock(`${hostname()}-${process.pid}`);
    const taken = await check('profile');
    assert.equal(taken.ok, false);
    assert.match(taken.finding, new RegExp(`pid ${process.pid}`));
    lock('another-host-1');
    assert.match((await check('profile')).finding, /another machine/);
  });

  it('counts linked devices, and misses the one that is not', async () => {
    await open();
    assert.equal((await check('devices')).ok, true);
    world.setEngine({ level: 'unlinked', reason: 'not-linked', account: null }, 'webjs');
    const { ok, remedy } = await check('devices');
    assert.equal(ok, false);
    assert.match(remedy ?? '', /tandem link --engine webjs/);
  });
});
