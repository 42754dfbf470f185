import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findBrowser, requireBrowser } from './browser-path.ts';
import { TandemError } from './errors.ts';

describe('kernel: browser path', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tandem-browser-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const file = (path: string, mode = 0o755) => {
    const full = join(dir, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, '');
    chmodSync(full, mode);
    return full;
  };
  /** Windows' places all come from the environment, so nothing of this machine is found. */
  const nowhere = { PROGRAMFILES: '', LOCALAPPDATA: '', HOME: '' };
  const hasCode = (code: string) => (error: unknown) => error instanceof TandemError && error.code === code;

  it('takes the setting, and nothing else when the setting is wrong', () => {
    const mine = file('mine/browser');
    assert.deepEqual(findBrowser({ setting: mine, env: {} }).found, { executable: mine, source: 'setting' });
    for (const wrong of [join(dir, 'absent'), file('plain', 0o644), dir]) {
      assert.throws(
        () => findBrowser({ setting: wrong }),
        (error) =>
          error instanceof TandemError &&
          error.code === 'BROWSER_MISSING' &&
          error.details?.executable === wrong,
      );
    }
  });

  it("prefers the system's over one of the cache", () => {
    file('.cache/puppeteer/chrome/linux-146.0.1.1/chrome-linux64/chrome');
    const env = { HOME: dir, PATH: join(dir, 'bin') };
    const system = findBrowser({ setting: null, env, platform: 'linux' });
    if (system.found?.source === 'system') assert.ok(system.looked.includes(system.found.executable));
    const own = file('bin/chromium');
    const found = findBrowser({ setting: null, env, platform: 'linux' });
    assert.equal(found.found?.source, 'system');
    assert.ok(found.looked.includes(own));
  });

  it('takes the newest of the cache, a whole browser before the shell', () => {
    const cache = { ...nowhere, PUPPETEER_CACHE_DIR: dir };
    const shell = file(
      'chrome-headless-shell/win64-150.0.1.1/chrome-headless-shell-win64/chrome-headless-shell.exe',
    );
    assert.equal(findBrowser({ setting: null, env: cache, platform: 'win32' }).found?.executable, shell);
    file('chrome/win64-99.0.9.9/chrome-win64/chrome.exe');
    const newest = file('chrome/win64-146.0.10.2/chrome-win64/chrome.exe');
    file('chrome/win64-146.0.9.30/chrome-win64/chrome.exe');
    assert.deepEqual(findBrowser({ setting: null, env: cache, platform: 'win32' }).found, {
      executable: newest,
      source: 'puppeteer',
    });
  });

  it('skips a download that was cut short', () => {
    mkdirSync(join(dir, 'chrome', 'win64-150.0.0.0', 'chrome-win64'), { recursive: true });
    const whole = file('chrome/win64-146.0.0.0/chrome-win64/chrome.exe');
    const env = { ...nowhere, PUPPETEER_CACHE_DIR: dir };
    assert.equal(findBrowser({ setting: null, env, platform: 'win32' }).found?.executable, whole);
  });

  it('says where it looked when there is none', () => {
    const env = { ...nowhere, PUPPETEER_CACHE_DIR: dir };
    const { found, looked } = findBrowser({ setting: null, env, platform: 'win32' });
    assert.equal(found, null);
    assert.ok(looked.includes(join(dir, 'chrome')));
    assert.throws(
      () => requireBrowser({ setting: null, env, platform: 'win32' }),
      hasCode('BROWSER_MISSING'),
    );
  });
});
