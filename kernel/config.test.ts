import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { isLoopback, loadConfig } from './config.ts';
import { TandemError } from './errors.ts';
import { type Setting, settings } from './settings.ts';

const LONG_TOKEN = 't'.repeat(32);
const ROOT_HEX = 'AB'.repeat(32);

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof TandemError) return error.code;
    throw error;
  }
  return 'none';
}

describe('loadConfig', () => {
  it('works without any setting, safely', () => {
    const config = loadConfig({});
    assert.equal(config.host, '127.0.0.1');
    assert.equal(config.port, 8080);
    assert.deepEqual(config.engines, ['baileys', 'webjs']);
    assert.equal(config.sending, false);
    assert.equal(config.testServer, null);
    assert.equal(config.token, null);
    assert.ok(isAbsolute(config.dataDir));
    assert.ok(Object.isFrozen(config));
  });

  it('takes aliases, prefers our own name, and says which alias was used', () => {
    assert.equal(loadConfig({ PORT: '9000' }).port, 9000);
    const both = loadConfig({ PORT: '9000', TANDEM_PORT: '9001' });
    assert.equal(both.port, 9001);
    assert.deepEqual(both.aliasesUsed, []);
    assert.deepEqual(loadConfig({ RATE_LIMIT_PER_MIN: '5' }).aliasesUsed, [
      ['RATE_LIMIT_PER_MIN', 'TANDEM_SENDS_PER_MINUTE'],
    ]);
  });

  it('takes a public address as an origin, and nothing else', () => {
    assert.equal(loadConfig({}).publicUrl, null);
    for (const text of [
      'https://tandem.example.org',
      'https://tandem.example.org/',
      'HTTPS://Tandem.Example.org:443',
    ])
      assert.equal(loadConfig({ TANDEM_PUBLIC_URL: text }).publicUrl, 'https://tandem.example.org');
    assert.equal(loadConfig({ PUBLIC_BASE_URL: 'http://10.0.0.7:9090' }).publicUrl, 'http://10.0.0.7:9090');
    for (const text of [
      'tandem.example.org',
      'ftp://a.example',
      'https://a.example/tandem',
      'https://a.example/?b',
      'https://me:secret@a.example',
    ])
      assert.equal(
        codeOf(() => loadConfig({ TANDEM_PUBLIC_URL: text })),
        'CONFIG_INVALID',
        text,
      );
  });

  it('treats an empty variable as not set', () => {
    assert.equal(loadConfig({ TANDEM_PORT: '' }).port, 8080);
  });

  it('names every wrong setting at once, without its value', () => {
    assert.throws(
      () => loadConfig({ TANDEM_PORT: 'eighty', TANDEM_SENDING: 'maybe', TANDEM_TOKEN: 'short' }),
      (error: TandemError) => {
        assert.equal(error.code, 'CONFIG_INVALID');
        for (const name of ['TANDEM_PORT', 'TANDEM_SENDING', 'TANDEM_TOKEN'])
          assert.match(error.message, RegExp(name));
        assert.doesNotMatch(error.message, /eighty|maybe|: short/);
        return true;
      },
    );
  });

  it('refuses to listen beyond this machine without a token', () => {
    assert.equal(
      codeOf(() => loadConfig({ TANDEM_HOST: '0.0.0.0' })),
      'INSECURE_LISTENER',
    );
    assert.equal(loadConfig({ TANDEM_HOST: '0.0.0.0', TANDEM_TOKEN: LONG_TOKEN }).host, '0.0.0.0');
    for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', '::1']) assert.ok(isLoopback(host), host);
    for (const host of ['0.0.0.0', '::', '127.example.org', '10.0.0.1']) assert.ok(!isLoopback(host), host);
  });

  it('reads the token from a file', () => {
    const dir = mkdtempSync(join(tmpdir(), 'tandem-config-'));
    try {
      const file = join(dir, 'token');
      writeFileSync(file, `${LONG_TOKEN}\n`);
      assert.equal(loadConfig({ TANDEM_TOKEN_FILE: file }).token, LONG_TOKEN);
      writeFileSync(file, 'short');
      assert.equal(
        codeOf(() => loadConfig({ TANDEM_TOKEN_FILE: file })),
        'CONFIG_INVALID',
      );
      assert.equal(
        codeOf(() => loadConfig({ TANDEM_TOKEN_FILE: join(dir, 'none') })),
        'CONFIG_INVALID',
      );
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('accepts a stand-in for WhatsApp only when told that this is unsafe', () => {
    const server = { TANDEM_TEST_WA_URL: 'ws://127.0.0.1:1/', TANDEM_TEST_WA_ROOT: ROOT_HEX };
    assert.equal(
      codeOf(() => loadConfig(server)),
      'CONFIG_INVALID',
    );
    assert.equal(
      codeOf(() => loadConfig({ TANDEM_UNSAFE_TEST_SERVER: '1' })),
      'CONFIG_INVALID',
    );
    assert.deepEqual(loadConfig({ ...server, TANDEM_UNSAFE_TEST_SERVER: '1' }).testServer, {
      waUrl: 'ws://127.0.0.1:1/',
      waRootHex: ROOT_HEX.toLowerCase(),
      mediaUrl: null,
    });
  });

  it('has defaults that pass their own schema, and no name twice', () => {
    const names: string[] = [];
    for (const known of Object.values(settings) as Setting[]) {
      names.push(known.env, ...known.aliases);
      if (known.fallback !== null) assert.ok(known.schema.safeParse(known.fallback).success, known.env);
    }
    assert.equal(new Set(names).size, names.length);
  });
});
