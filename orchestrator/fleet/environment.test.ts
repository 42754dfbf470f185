import assert from 'node:assert/strict';
import { loadConfig } from '#kernel/config.ts';
import { engineEnvironment } from './environment.ts';

describe('environment of an engine', () => {
  const base = {
    NODE_EXTRA_CA_CERTS: 'ca.pem',
    TANDEM_TOKEN: 't'.repeat(32),
    TANDEM_TOKEN_FILE: 'token',
    TANDEM_TEST_MEDIA_URL: 'https://left.over/',
    TANDEM_SOMETHING_LATER: 'x',
    PUPPETEER_EXECUTABLE_PATH: '/opt/chrome',
    MCP_PORT: '9000',
  };
  const config = loadConfig({
    TANDEM_DATA_DIR: '/data/of/tandem',
    TANDEM_UNSAFE_TEST_SERVER: '1',
    TANDEM_TEST_WA_URL: 'ws://127.0.0.1:1/',
    TANDEM_TEST_WA_ROOT: 'ab'.repeat(32),
    TANDEM_HOST: '0.0.0.0',
    TANDEM_TOKEN: 't'.repeat(32),
    TANDEM_ENGINES: 'webjs,baileys',
    TANDEM_BAILEYS_LOG_LEVEL: 'warn',
    TANDEM_WEBJS_PORT: '4711',
    TANDEM_WEBJS_EXECUTABLE: '/usr/bin/chromium',
    TANDEM_WEBJS_ARGS: '["--user-agent=a, b","--lang=de"]',
    TANDEM_WEBJS_HEADLESS: 'shell',
    TANDEM_WEBJS_SANDBOX: 'off',
    TANDEM_WEBJS_USER_AGENT: 'Agent 1',
    TANDEM_WEBJS_READY_TIMEOUT_MS: '5000',
    TANDEM_WEBJS_CALL_TIMEOUT_MS: '900',
    TANDEM_WEBJS_HEARTBEAT_MS: '300',
  });
  const childOf = (engine: 'baileys' | 'webjs') => engineEnvironment(config, engine, 'engine-secret', base);

  it('hands over what the engine needs and keeps the secrets of the service', () => {
    for (const engine of ['baileys', 'webjs'] as const) {
      const env = childOf(engine);
      assert.equal(env.NODE_EXTRA_CA_CERTS, 'ca.pem');
      assert.equal(env.TANDEM_ENGINE_SECRET, 'engine-secret');
      for (const name of ['TANDEM_TOKEN', 'TANDEM_TOKEN_FILE', 'TANDEM_SOMETHING_LATER', 'MCP_PORT'])
        assert.ok(!(name in env), name);
      const child = loadConfig(env);
      assert.deepEqual(child.testServer, config.testServer);
      assert.deepEqual([child.host, child.dataDir, child.engines], ['127.0.0.1', config.dataDir, [engine]]);
    }
  });

  it('gives the settings of one engine to that engine only', () => {
    const webjs = loadConfig(childOf('webjs'));
    const names = Object.keys(config).filter(
      (name) => name.startsWith('webjs') && name !== 'webjsUrl',
    ) as 'webjsArgs'[];
    assert.equal(names.length, 9);
    for (const name of names) assert.deepEqual(webjs[name], config[name], name);
    assert.equal(webjs.baileysLogLevel, 'silent');
    const baileys = childOf('baileys');
    assert.ok(
      Object.keys(baileys).every((name) => !name.startsWith('TANDEM_WEBJS') && !name.startsWith('PUPPETEER')),
    );
    assert.deepEqual([loadConfig(baileys).baileysLogLevel, loadConfig(baileys).baileysPort], ['warn', 0]);
  });
});
