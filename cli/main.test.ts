import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'mocha';
import { TandemError } from '#kernel/errors.ts';
import { isSupportedNode } from '#kernel/runtime.mjs';
import { exitCodeOf } from './exit-codes.ts';
import { createColours } from './render/colours.ts';
import { renderError } from './render/error.ts';
import { configOf, environmentOf } from './settings.ts';

const launcher = fileURLToPath(new URL('./tandem.mjs', import.meta.url));

function tandem(...args: readonly string[]) {
  const done = spawnSync(process.execPath, [launcher, ...args], { encoding: 'utf8', timeout: 15_000 });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

describe('cli', () => {
  it('has help with examples and exit codes for every command', () => {
    const { code, out } = tandem('--help');
    assert.equal(code, 0);
    const commands = ['up', 'demo', 'link', 'status', 'doctor', 'repair', 'mcp', 'logout'];
    for (const name of commands) {
      assert.match(out, new RegExp(`^ {2}${name}\\b`, 'm'));
      const help = tandem(name, '--help');
      assert.equal(help.code, 0, name);
      assert.match(help.out, new RegExp(`Examples:\n {2}(TANDEM_\\S+ )?tandem ${name}`), name);
      assert.match(help.out, /Exit codes: 0 done/, name);
    }
  });

  it('prints its version', () => {
    assert.match(tandem('--version').out, /^\d+\.\d+\.\d+\n$/);
  });

  it('refuses what it does not know with exit code 2', () => {
    for (const args of [
      ['upp'],
      ['up', '--bogus'],
      ['up', '--port', '99999'],
      ['demo', '--port', 'x'],
      ['link', '--engine', 'other'],
      ['logout', '--engine', 'other'],
      ['history', 'fetch', '--engine', 'other'],
      ['history', 'fetch', '--max', '0'],
      ['history', 'coverage', '--worst', '0'],
    ]) {
      const { code, err } = tandem(...args);
      assert.equal(code, 2, args.join(' '));
      assert.match(err, /error: /);
    }
    for (const since of ['nonsense', '2999-01-01'])
      assert.equal(tandem('history', 'fetch', '--since', since).code, 2, since);
    assert.equal(tandem('history', 'pause', 'Family').code, 2, 'a chat cannot be paused');
    assert.match(tandem('statu').err, /Did you mean status\?/);
  });

  it('names in its advice the folder that it was given', () => {
    const { err } = tandem('status', '--data-dir', '/tmp/no such folder');
    assert.match(err, /`tandem up --data-dir '\/tmp\/no such folder'`/);
    assert.doesNotMatch(tandem('status', '--json', '--data-dir', '/tmp/none').out, /--data-dir \/tmp/);
  });

  it('says in one line that Node is too old', function () {
    const machine = '/usr/bin/node';
    if (!existsSync(machine)) return this.skip();
    const version = spawnSync(machine, ['--version'], { encoding: 'utf8' }).stdout.trim().slice(1);
    if (isSupportedNode(version)) return this.skip();
    const done = spawnSync(machine, [launcher, 'up'], { encoding: 'utf8', timeout: 15_000 });
    assert.equal(done.status, 1);
    assert.match(done.stderr, /^NODE_TOO_OLD: Tandem needs Node [^\n]+\n$/);
  });

  it('knows which Node is new enough', () => {
    assert.equal(isSupportedNode('20.20.2'), false);
    assert.equal(isSupportedNode('22.17.9'), false);
    assert.equal(isSupportedNode('22.18.0'), true);
    assert.equal(isSupportedNode('24.0.0'), true);
  });

  it('puts the command line over the environment', () => {
    const env = { TANDEM_PORT: '9000', TANDEM_DATA_DIR: '/nowhere' };
    assert.equal(configOf(env, { port: '9001' }).port, 9_001);
    assert.equal(configOf(env, {}).port, 9_000);
    assert.equal(configOf(env, { dataDir: '/elsewhere' }).dataDir, '/elsewhere');
    assert.equal(environmentOf(env, {}, { TANDEM_PORT: '1' }).TANDEM_PORT, '1');
  });

  it('prints an error as what happened, its code, and what to do', () => {
    const error = new TandemError('AUTH_COOLDOWN', { retryAfterSeconds: 90, details: { window_s: 180 } });
    assert.deepEqual(renderError(error, createColours(false)), [
      '✖ Linking rests after repeated failures. (AUTH_COOLDOWN)',
      '  Wait for the time given before the next attempt.',
      '  Wait 1 min 30 s first.',
      '  window s: 180',
    ]);
  });

  it('gives each kind of failure its exit code', () => {
    assert.equal(exitCodeOf('NOT_RUNNING'), 3);
    assert.equal(exitCodeOf('NOT_AUTHENTICATED'), 4);
    assert.equal(exitCodeOf('INVALID_PHONE_FORMAT'), 2);
    assert.equal(exitCodeOf('INVALID_TIME'), 2);
    assert.equal(exitCodeOf('PORT_IN_USE'), 1);
  });
});
