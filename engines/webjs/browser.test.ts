import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireBrowser } from '#kernel/browser-path.ts';
import { isRunning } from '#kernel/processes.ts';
import { launchOptions, noteBrowser, ownUserAgent, sweep } from './browser.ts';

const settings = { webjsArgs: [], webjsHeadless: 'on' as const, webjsSandbox: true };

describe('webjs: browser', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tandem-browser-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const options = (changes: Partial<Parameters<typeof launchOptions>[0]> = {}, agent: string | null = null) =>
    launchOptions({ ...settings, ...changes }, '/usr/bin/browser', agent, new AbortController().signal);

  it('gives the arguments of the settings last, as they are', () => {
    const own = ['--with blanks, and commas', '--host-resolver-rules=MAP a b, MAP * ~NOTFOUND'];
    assert.deepEqual(options({ webjsArgs: own }).args.slice(-2), own);
    assert.deepEqual(options({ webjsArgs: own }, 'Agent/1').args.at(-3), '--user-agent=Agent/1');
  });

  it('keeps the sandbox and every check of certificates, unless it is told otherwise', () => {
    const { args, pipe, headless } = options();
    assert.equal(pipe, true);
    assert.equal(headless, true);
    assert.equal(
      args.some((one) => /sandbox|single-process|certificate|web-security|resolver/.test(one)),
      false,
    );
    assert.ok(options({ webjsSandbox: false }).args.includes('--no-sandbox'));
    assert.equal(options({ webjsHeadless: 'shell' }).headless, 'shell');
    assert.equal(options({ webjsHeadless: 'off' }).headless, false);
  });

  it('is named as with a window, by its own version', async () => {
    const { executable } = requireBrowser({ setting: null });
    const agent = await ownUserAgent(executable, 'linux');
    assert.match(
      agent ?? '',
      /^Mozilla\/5\.0 \(X11; Linux x86_64\) .* Chrome\/\d+\.0\.0\.0 Safari\/537\.36$/,
    );
    assert.equal(await ownUserAgent(process.execPath, 'linux'), null);
    assert.equal(await ownUserAgent(executable, 'win32'), null);
  });

  it('ends what was noted only when it is the same process on the same profile', async () => {
    const profile = join(dir, 'session');
    mkdirSync(profile);
    const stay = ['-e', 'setInterval(() => {}, 1000)', '--'];
    const mine = spawn(process.execPath, [...stay, `--user-data-dir=${profile}`]);
    const other = spawn(process.execPath, [...stay, '--user-data-dir=/another']);
    try {
      const [pid = 0, otherPid = 0] = [mine.pid, other.pid];
      // Another program that has the pid now.
      noteBrowser(dir, otherPid);
      assert.deepEqual(await sweep(dir), { ended: 0, locked: false });
      // The pid belonged to a process that started at another time.
      writeFileSync(join(dir, 'browser.json'), JSON.stringify({ pid, startTicks: '1', host: hostname() }));
      await sweep(dir);
      assert.equal(isRunning(pid), true);
      noteBrowser(dir, pid);
      assert.deepEqual(await sweep(dir), { ended: 1, locked: false });
      assert.equal(isRunning(pid), false);
      assert.equal(isRunning(otherPid), true);
      assert.equal(existsSync(join(dir, 'browser.json')), false);
    } finally {
      mine.kill('SIGKILL');
      other.kill('SIGKILL');
    }
  });
});
