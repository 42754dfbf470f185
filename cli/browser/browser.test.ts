import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { isRunning } from '#kernel/processes.ts';
import { until } from '#kernel/testing/until.ts';
import { createTerminal } from '../render/terminal.ts';
import { downloadBrowser } from './download.ts';
import { provideBrowser } from './provide.ts';
import { run } from './run.ts';

/** Where nothing listens: what a machine without a network meets, at once. */
const NO_NETWORK = { ...process.env, HTTPS_PROXY: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' };

const node = (script: string, change: Partial<Parameters<typeof run>[0]> = {}) =>
  run({
    command: process.execPath,
    args: ['-e', script],
    env: process.env,
    limitMs: 20_000,
    signal: new AbortController().signal,
    ...change,
  });

describe('cli/browser', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tandem-provide-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('tells in one line why a program failed', async () => {
    assert.equal((await node('')).reason, null);
    assert.equal((await node('console.error("no space left");process.exit(3)')).reason, 'no space left');
    assert.equal((await node('', { command: join(dir, 'absent') })).reason, 'ENOENT');
  });

  it('ends a program that takes too long, gets nothing, or is not wanted any more, with all that it started', async () => {
    const pidFile = join(dir, 'pid');
    const starter = `const {spawn}=require('child_process');
      const c=spawn(process.execPath,['-e','setInterval(()=>{},1000)'],{stdio:'inherit'});
      require('fs').writeFileSync(${JSON.stringify(pidFile)},String(c.pid));setInterval(()=>{},1000)`;
    assert.match((await node(starter, { limitMs: 1_500 })).reason ?? '', /longer than/);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    await until(() => !isRunning(pid), 'end of what it started');
    const waits = 'setInterval(()=>{},1000)';
    assert.match((await node(waits, { stuck: () => true })).reason ?? '', /nothing came/);
    assert.match((await node(waits, { signal: AbortSignal.timeout(200) })).reason ?? '', /stopped/);
  });

  it('leaves nothing behind when the download fails', async () => {
    const { reason } = await downloadBrowser({
      env: { ...NO_NETWORK, PUPPETEER_CACHE_DIR: dir },
      signal: new AbortController().signal,
      progress: () => undefined,
    });
    assert.notEqual(reason, null);
    assert.deepEqual(await readdir(dir), []);
  });

  it('takes what is there without fetching, and says nothing', async () => {
    const mine = join(dir, 'browser');
    writeFileSync(mine, '');
    chmodSync(mine, 0o755);
    const said: string[] = [];
    const out = createTerminal({ write: (text) => said.push(text) > 0 }, {});
    const signal = new AbortController().signal;
    const provided = await provideBrowser({ out, env: NO_NETWORK, setting: mine, signal });
    assert.deepEqual(provided, { executable: mine, source: 'setting', fetched: false });
    assert.deepEqual(said, []);
  });
});
