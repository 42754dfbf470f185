import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { TandemError, toErrorBody } from '#kernel/errors.ts';
import { anna, carla, me, message, NOW_SECONDS, START_SECONDS } from '../testing/sample-history.ts';
import { createWorld, type World, type WorldOptions } from '../testing/world.ts';
import type { CheckName } from './check.ts';
import { findPortHolder, portsOfProcess } from './port-holder.ts';
import { type Reached, reachHost } from './reach-host.ts';

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

  it('names the faults of a damaged database in its own words', async () => {
    await open();
    const sound = await check('database');
    assert.match(sound.finding, /, sound\.$/);
    const db = new Database(join(world.dir, 'history.db'));
    db.unsafeMode(true);
    // The pages of the full-text index; its first rows describe them.
    db.exec('DELETE FROM messages_fts_data WHERE id > 10');
    db.close();
    const { code, finding } = await check('database');
    assert.equal(code, 'DB_CORRUPT');
    assert.match(finding, /, 1 fault found: fts5: .*"messages_fts"$/);
  });

  it('says how far the way to WhatsApp leads, and never takes that for a fault of its own', async () => {
    const answers: Record<string, Reached> = {
      'web.whatsapp.com': { ok: false, stage: 'dns', reason: 'ENOTFOUND' },
      'mmg.whatsapp.net': { ok: true, tookMs: 12, dateMs: NOW_SECONDS * 1_000 + 300_000 },
    };
    await open({
      reachHost: (host) => Promise.resolve(answers[host] ?? { ok: false, stage: 'tcp', reason: 'X' }),
    });
    const network = async () =>
      (await world.services.diagnose({ checks: ['network'], bundle: false })).data.checks.map(
        ({ id, severity, code }) => [id, severity, code],
      );
    assert.deepEqual(await network(), [
      ['network_chat', 'warning', 'CONNECTION_DNS_FAILED'],
      ['network_media', 'info', undefined],
      ['clock_skew', 'warning', undefined],
    ]);
    answers['web.whatsapp.com'] = { ok: false, stage: 'tls', reason: 'CERT_NOT_YET_VALID' };
    answers['mmg.whatsapp.net'] = { ok: false, stage: 'tcp', reason: 'TIMEOUT' };
    assert.deepEqual(
      (await network()).map(([, , code]) => code),
      ['CONNECTION_TLS_FAILED', 'CONNECTION_REJECTED'],
    );
  });

  it('looks at no host while another server stands in for WhatsApp', async () => {
    const asked: string[] = [];
    await open({
      config: { testServer: { waUrl: 'ws://127.0.0.1:1', waRootHex: '00', mediaUrl: null } },
      reachHost: (host) => {
        asked.push(host);
        return Promise.resolve({ ok: true, tookMs: 1, dateMs: null });
      },
    });
    assert.deepEqual([(await check('network')).ok, asked], [true, []]);
  });

  it('names proxies without their values', async () => {
    await open();
    const before = process.env.ALL_PROXY;
    process.env.ALL_PROXY = 'http://user:hunter2@127.0.0.1:1';
    try {
      const { finding } = await check('proxy');
      assert.match(finding, /ALL_PROXY/);
      assert.doesNotMatch(finding, /hunter2/);
    } finally {
      if (before === undefined) delete process.env.ALL_PROXY;
      else process.env.ALL_PROXY = before;
    }
  });

  it('sees an engine of another account, one that was away for long, and a store that does not keep up', async () => {
    await open();
    world.setEngine({ account: { ...carla, lid: '5@lid', pushName: null } });
    assert.equal((await check('account')).code, 'ACCOUNT_MISMATCH');
    const atMs = (NOW_SECONDS - 10 * 86_400) * 1_000;
    world.setEngine({
      level: 'recovering',
      account: { ...me, pushName: null },
      connectedSinceMs: null,
      lastDisconnect: { code: null, reason: 'connection-lost', atMs },
    });
    const away = await check('session');
    assert.deepEqual([away.severity, away.finding], ['warning', 'Linked, not connected for 10 days.']);
    assert.equal((await check('account')).ok, true);
    world.outbox().append([message(anna.pn, 5_000, 'not stored yet')]);
    assert.match((await check('offsets')).finding, /^1 batches behind/);
    world.clock.advance(3_600_000);
    assert.match((await check('offsets')).finding, /nothing was stored for 60 minutes/);
  });

  it('takes no offence at batches that wait for the first link, or for the next one', async () => {
    await open({ empty: true });
    world.outbox().append([message(anna.pn, 5_000, 'not stored yet')]);
    const never = await check('offsets');
    assert.deepEqual([never.ok, never.finding], [true, '1 batches behind.']);
    world.setEngine({ level: 'unlinked', reason: 'not-linked', account: null });
    assert.equal((await check('offsets')).finding, '1 batches wait for the first link.');
    world.setEngine({ level: 'ready', reason: 'none', account: { ...me, pushName: null } });
    await world.learn([message(anna.pn, 5_001, 'stored')]);
    world.clock.advance(3_600_000);
    assert.equal((await check('offsets')).ok, false);
    world.setEngine({ level: 'logged-out', reason: 'logged-out', account: null });
    assert.equal((await check('offsets')).ok, true);
  });
});

describe('ports', () => {
  it('are told with the process that holds them', async function () {
    if (process.platform !== 'linux') this.skip();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const finding = async (options: WorldOptions) => {
      const world = await createWorld(options);
      try {
        return (await world.services.diagnose({ checks: ['ports'], bundle: false })).data.checks[0];
      } finally {
        await world.close();
      }
    };
    const pageUrl = `http://127.0.0.1:${port}/`;
    assert.equal(findPortHolder(port)?.pid, process.pid);
    assert.ok(portsOfProcess(process.pid).includes(port));
    const own = await finding({ pageUrl });
    assert.match(own?.finding ?? '', new RegExp(`^${port}: this service \\(pid ${process.pid}\\)`));
    await new Promise((resolve) => server.close(resolve));
    assert.equal(findPortHolder(port), null);

    const listen =
      "require('net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port) })";
    const other = spawn(process.execPath, ['-e', listen], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const [text] = (await once(other.stdout, 'data')) as [Buffer];
      const taken = await finding({ pageUrl: `http://127.0.0.1:${Number(String(text))}/` });
      assert.deepEqual([taken?.code, taken?.severity], ['PORT_IN_USE', 'error']);
      assert.match(taken?.finding ?? '', new RegExp(`pid ${other.pid}`));
    } finally {
      other.kill();
    }

    const folder = mkdtempSync(join(tmpdir(), 'tandem-holder-'));
    const script = join(folder, 'tandem.mjs');
    writeFileSync(
      script,
      `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); ${listen}`,
    );
    const tandem = spawn(process.execPath, ['--max-semi-space-size=8', script, 'up'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const [text] = (await once(tandem.stdout, 'data')) as [Buffer];
      const taken = await finding({ pageUrl: `http://127.0.0.1:${Number(String(text))}/` });
      assert.match(taken?.finding ?? '', new RegExp(`held by another Tandem \\(pid ${tandem.pid}\\)`));
    } finally {
      tandem.kill();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('the way to a host', () => {
  it('ends where it ends: name, connection, certificate', async () => {
    const nameless = await reachHost('nothing.invalid', 443);
    assert.deepEqual([nameless.ok, nameless.ok ? null : nameless.stage], [false, 'dns']);
    const server = createServer((socket) => {
      socket.on('error', () => undefined).resume();
      socket.end('this is no TLS\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const plain = await reachHost('127.0.0.1', port);
    assert.deepEqual([plain.ok, plain.ok ? null : plain.stage], [false, 'tls']);
    await new Promise((resolve) => server.close(resolve));
    const closed = await reachHost('127.0.0.1', port);
    assert.deepEqual(closed, { ok: false, stage: 'tcp', reason: 'ECONNREFUSED' });
  });
});
