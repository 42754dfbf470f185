import assert from 'node:assert/strict';
import { chmodSync, rmSync } from 'node:fs';
import { TandemError, toErrorBody } from '#kernel/errors.ts';
import { anna, message, NOW_SECONDS, START_SECONDS } from '../testing/sample-history.ts';
import { createWorld, type World, type WorldOptions } from '../testing/world.ts';
import type { CheckName } from './check.ts';

describe('diagnostics', () => {
  let world: World;
  const open = async (options: WorldOptions = {}) => {
    world = await createWorld(options);
  };
  afterEach(() => world.close());
  const check = async (name: CheckName) => {
    const { data } = await world.services.diagnose({ checks: [name], bundle: false });
    const [first] = data.checks;
    assert.ok(first);
    return first;
  };

  it('finds nothing wrong where nothing is', async () => {
    await open();
    const { data } = await world.services.diagnose({ bundle: true });
    assert.deepEqual(
      data.checks.filter(({ ok }) => !ok),
      [],
    );
    assert.equal(data.summary.ok, data.checks.length);
    const bundle = JSON.stringify(data);
    for (const secret of [world.dir, '4915100000000', 'Anna', 'train'])
      assert.ok(!bundle.includes(secret), secret);
  });

  it('runs only what was asked for', async () => {
    await open();
    const { data } = await world.services.diagnose({ checks: ['runtime', 'search'], bundle: false });
    assert.deepEqual([data.checks.map(({ id }) => id), data.bundle], [['runtime', 'search'], undefined]);
  });

  it('sees a data directory that others can look into, or that is gone', async () => {
    await open();
    if (process.platform !== 'win32') {
      chmodSync(world.dir, 0o755);
      const shared = await check('data_dir');
      assert.deepEqual([shared.ok, shared.severity], [false, 'warning']);
      chmodSync(world.dir, 0o700);
    }
    await world.history.close();
    rmSync(world.dir, { recursive: true });
    assert.equal((await check('data_dir')).code, 'DATA_DIR_UNUSABLE');
    assert.deepEqual([(await check('disk')).ok, (await check('database')).ok], [false, false]);
  });

  it('sees a clock that lags behind the messages', async () => {
    await open();
    await world.learn([message(anna.pn, NOW_SECONDS - START_SECONDS + 3_600, 'from the future')]);
    const { ok, finding } = await check('clock');
    assert.equal(ok, false);
    assert.match(finding, /3600 s ahead/);
  });

  it('sees engines that are down, unlinked, of another version, or ahead of the store', async () => {
    await open();
    world.setEngine({ version: '9.9.9' });
    assert.equal((await check('engines')).code, 'ENGINE_PROTOCOL');
    world.setEngine({ version: '0.0.0-test', level: 'unlinked', reason: 'not-linked', account: null });
    const unlinked = await check('engines');
    assert.deepEqual([unlinked.id, unlinked.severity], ['engine_baileys', 'warning']);
    assert.match(unlinked.remedy ?? '', /tandem link/);
    const error = toErrorBody(new TandemError('ENGINE_START_FAILED'));
    world.setView({ processUp: false, status: null, error });
    assert.equal((await check('engines')).code, 'ENGINE_START_FAILED');
  });

  it('sees entries put aside, an open listener, and a server that stands in', async () => {
    await open({
      config: { host: '0.0.0.0', testServer: { waUrl: 'ws://127.0.0.1:1', waRootHex: '00', mediaUrl: null } },
    });
    await world.history.ingest.apply({
      engine: 'baileys',
      outboxId: 'other',
      seq: 1,
      observations: [],
      quarantined: [{ seq: 1, problem: 'kind: expected a known kind', json: '{}' }],
    });
    assert.match((await check('quarantine')).finding, /^1 entries/);
    assert.equal((await check('listener')).code, 'INSECURE_LISTENER');
    assert.equal((await check('test_server')).severity, 'warning');
  });
});
