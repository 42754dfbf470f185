import assert from 'node:assert/strict';
import { TandemError, toErrorBody } from '#kernel/errors.ts';
import { until } from '#kernel/testing/until.ts';
import { failsWith } from '../testing/errors.ts';
import { anna, club, message, NOW_SECONDS } from '../testing/sample-history.ts';
import { createWorld, type World, type WorldOptions } from '../testing/world.ts';

const NOW_MS = NOW_SECONDS * 1_000;

describe('the routing view', () => {
  let world: World;
  const open = async (options: WorldOptions = {}) => {
    world = await createWorld({
      commands: { 'group.read': async () => ({ groups: [] }) },
      webjs: {
        'group.read': async () => ({ groups: [] }),
        'contact.blocklist': async () => ({ blocked: [] }),
      },
      ...options,
    });
  };
  afterEach(() => world.close());
  const backends = async (engine?: 'baileys' | 'webjs') =>
    (await world.services.backends({ engine, include_capabilities: true, include_routing: true })).data;

  it('tells who serves what, by which rule, and why others do not', async () => {
    await open({ config: { routing: 'prefer-first', routes: { 'group.read': 'webjs' } } });
    const data = await backends();
    assert.deepEqual([data.overall, data.available_count, data.strategy], ['ok', 2, 'prefer-first']);
    assert.deepEqual(data.routes, { 'group.read': 'webjs' });
    const blocklist = data.routing?.find(({ operation }) => operation === 'contact.blocklist');
    assert.deepEqual(blocklist, {
      operation: 'contact.blocklist',
      engines: ['webjs'],
      excluded: [{ engine: 'baileys', code: 'CAPABILITY_UNAVAILABLE' }],
    });
    assert.deepEqual(data.engines[1]?.capabilities, ['group.read', 'contact.blocklist']);
    assert.deepEqual(
      (await backends('webjs')).engines.map(({ name }) => name),
      ['webjs'],
    );
  });

  it('tells what each engine contributed to the history', async () => {
    await open();
    await world.learn([message(anna.pn, 2_000, 'both saw it', { id: 'BOTH' })]);
    await world.learn(
      [
        message(anna.pn, 2_000, 'both saw it', { id: 'BOTH' }),
        message(club, 2_001, 'only one', { id: 'ONE' }),
      ],
      'webjs',
    );
    const data = await backends();
    assert.deepEqual(
      data.engines.map(({ name, history }) => [name, history?.messages, history?.only_here, history?.shared]),
      [
        ['baileys', 12, 11, 1],
        ['webjs', 2, 1, 1],
      ],
    );
    assert.equal(data.shared_messages, 1);
    assert.equal(data.engines[0]?.history?.last_observation, '2026-03-02T10:00:00+01:00');
  });

  it('tells what does not work, what was tested, and of the browser', async () => {
    await open();
    const error = toErrorBody(new TandemError('WHATSAPP_API_ERROR'));
    world.setEngine(
      {
        impaired: [{ capability: 'group.read', error, sinceMs: NOW_MS }],
        browser: {
          pid: 4_711,
          executable: '/usr/bin/chromium',
          version: 'Chrome/140',
          pageVersion: '2.3000.1',
          restarts: 2,
          lastPageError: { name: 'TypeError', atMs: NOW_MS },
        },
      },
      'webjs',
    );
    world.setView(
      {
        selfTests: [
          { check: 'history', capability: 'history.page', state: 'passed', code: null, atMs: NOW_MS },
          {
            check: 'media',
            capability: 'media.download',
            state: 'failed',
            code: 'MEDIA_EXPIRED',
            atMs: NOW_MS,
          },
        ],
      },
      'webjs',
    );
    const { overall, engines } = await backends();
    const [, webjs] = engines;
    const time = '2026-03-02T10:00:00+01:00';
    assert.deepEqual([overall, webjs?.status, webjs?.state], ['degraded', 'degraded', 'connected']);
    assert.deepEqual(webjs?.impaired, [
      { capability: 'group.read', code: 'WHATSAPP_API_ERROR', since: time },
    ]);
    assert.deepEqual(webjs?.self_tests, [
      { check: 'history', capability: 'history.page', state: 'passed', time },
      { check: 'media', capability: 'media.download', state: 'failed', code: 'MEDIA_EXPIRED', time },
    ]);
    assert.deepEqual(webjs?.browser, {
      pid: 4_711,
      version: 'Chrome/140',
      whatsapp_web_version: '2.3000.1',
      restarts: 2,
      executable: '/usr/bin/chromium',
      last_page_error: { name: 'TypeError', time },
    });
    assert.equal(engines[0]?.impaired, undefined);
  });

  it('judges an engine as routing does: whatever makes it come second shows', async () => {
    await open();
    const judged = async () => {
      const { engines, routing, available_count } = await backends();
      const route = routing?.find(({ operation }) => operation === 'group.read');
      return [engines[0]?.status, route?.engines, available_count];
    };
    const behind = ['degraded', ['webjs', 'baileys'], 2];
    const well = ['ok', ['baileys', 'webjs'], 2];
    assert.deepEqual(await judged(), well);
    const error = toErrorBody(new TandemError('WHATSAPP_API_ERROR'));
    world.setEngine({ impaired: [{ capability: 'chat.pin', error, sinceMs: NOW_MS }] });
    assert.deepEqual(await judged(), behind);
    world.setEngine({ impaired: [] });
    world.setView({
      recovery: {
        id: '0123456789ab',
        engine: 'baileys',
        mode: 'resync',
        state: 'running',
        startedAtMs: NOW_MS,
        endedAtMs: null,
        error: null,
      },
    });
    assert.deepEqual(await judged(), behind);
    world.setView({ checkedAtMs: NOW_MS - 13 * 60_000 });
    assert.deepEqual(await judged(), behind);
    world.setView({ error: toErrorBody(new TandemError('ACCOUNT_MISMATCH')) });
    assert.deepEqual(await judged(), ['error', ['webjs'], 1]);
    world.setView({});
    assert.deepEqual(await judged(), well);
  });

  it('lists one engine and still tells how all are', async () => {
    await open();
    world.setView({ processUp: false, reachable: false }, 'webjs');
    const dead = await backends('webjs');
    assert.deepEqual(
      dead.engines.map(({ name, status }) => [name, status]),
      [['webjs', 'unreachable']],
    );
    assert.deepEqual([dead.overall, dead.available_count], ['degraded', 1]);
    assert.deepEqual((await backends('baileys')).overall, 'degraded');
  });

  it('goes on telling when the store cannot be read', async () => {
    await open();
    await world.history.close();
    const data = await backends();
    assert.equal(data.available_count, 2);
    assert.ok(data.history_error);
    assert.equal(data.engines[0]?.history, undefined);
  });
});

describe('bringing an engine back', () => {
  let world: World;
  let reconnects: number;
  let resyncs: unknown[];
  const open = async (options: WorldOptions = {}) => {
    reconnects = 0;
    resyncs = [];
    world = await createWorld({
      commands: {
        'session.reconnect': async () => {
          reconnects += 1;
          world.setEngine({ connectedSinceMs: NOW_MS + reconnects });
          return { started: true };
        },
        'appstate.resync': async (input) => {
          resyncs.push(input);
          return { resynced: ['regular'] };
        },
      },
      webjs: {},
      ...options,
    });
  };
  afterEach(() => world.close());
  const restart = (mode: 'warmup' | 'reconnect' | 'restart', wait_seconds = 0) =>
    world.services.recoveries.restart({ engine: 'baileys', mode, wait_seconds });
  const recoveries = async () =>
    (await world.services.backends({ include_capabilities: false, include_routing: false })).data.recoveries;

  it('returns at once with a job that the status shows to its end', async () => {
    await open();
    const { data } = await restart('reconnect');
    assert.deepEqual([data.status, data.engine, data.mode], ['started', 'baileys', 'reconnect']);
    assert.match(data.job_id, /^[0-9a-f]{12}$/);
    const { retryAfterSeconds } = await failsWith('RECOVERY_IN_PROGRESS', () => restart('restart'));
    assert.ok(retryAfterSeconds);
    const shown = await until(async () => {
      const [newest] = (await recoveries()) ?? [];
      return newest?.state !== 'running' && newest;
    }, 'end of the recovery');
    assert.deepEqual([shown.job_id, shown.state, reconnects], [data.job_id, 'done', 1]);
    await failsWith('COOLDOWN_ACTIVE', () => restart('reconnect'));
    world.clock.advance(10_000);
    assert.equal((await restart('reconnect', 5)).data.status, 'done');
  });

  it('tells what it ended with to whoever waits for it', async () => {
    await open({ restart: () => Promise.reject(new TandemError('ENGINE_START_FAILED')) });
    const { details } = await failsWith('ENGINE_START_FAILED', () => restart('restart', 5));
    assert.match(String(details?.job_id), /^[0-9a-f]{12}$/);
    const [shown] = (await recoveries()) ?? [];
    assert.deepEqual([shown?.state, shown?.error?.code], ['failed', 'ENGINE_START_FAILED']);
  });

  it('resyncs every engine that can, and says which cannot', async () => {
    await open();
    const resync = (engine?: 'baileys' | 'webjs') =>
      world.services.recoveries.resync({ engine, collections: ['regular'], wait_seconds: 5 });
    const { data } = await resync();
    assert.deepEqual(
      [data.engine, data.status, data.jobs.length, data.not_started],
      ['baileys', 'done', 1, [{ engine: 'webjs', code: 'CAPABILITY_UNAVAILABLE' }]],
    );
    assert.deepEqual(resyncs, [{ collections: ['regular'] }]);
    await failsWith('COOLDOWN_ACTIVE', () => resync('baileys'));
    await failsWith('CAPABILITY_UNAVAILABLE', () => resync('webjs'));
  });

  it('knows only engines that are configured', async () => {
    await open();
    await world.close();
    world = await createWorld({ commands: {} });
    await failsWith('VALIDATION_ERROR', () =>
      world.services.recoveries.restart({ engine: 'webjs', mode: 'restart', wait_seconds: 0 }),
    );
    assert.equal((await restart('warmup', 2)).data.status, 'done');
  });
});

describe('linked devices', () => {
  let world: World;
  afterEach(() => world.close());
  const pn = '4915100000000@s.whatsapp.net';
  const devices = (numbers: readonly number[]) =>
    createWorld({
      commands: {
        'devices.list': async () => ({
          listed: true,
          count: numbers.length,
          devices: numbers.map((number) => ({ jid: pn, number, isSelf: number === 12 })),
        }),
      },
    });

  it('are listed, the phone apart', async () => {
    world = await devices([0, 12]);
    const { data } = await world.services.linkedDevices();
    assert.deepEqual([data.count, data.limit, data.warning], [1, 4, undefined]);
    assert.deepEqual(data.devices, [
      { device_jid: pn, device_number: 0, is_phone: true, is_this_engine: false },
      {
        device_jid: '4915100000000:12@s.whatsapp.net',
        device_number: 12,
        is_phone: false,
        is_this_engine: true,
        engine: 'baileys',
      },
    ]);
  });

  it('are four at most, with a warning before', async () => {
    world = await devices([0, 3, 7, 12]);
    assert.equal((await world.services.linkedDevices()).data.warning, 'LIMIT_NEAR');
    await world.close();
    world = await devices([0, 3, 7, 9, 12]);
    assert.equal((await world.services.linkedDevices()).data.warning, 'LIMIT_REACHED');
  });

  it('may only be counted', async () => {
    world = await createWorld({
      commands: { 'devices.list': async () => ({ listed: false, count: 4, devices: [] }) },
    });
    const { data } = await world.services.linkedDevices();
    assert.deepEqual([data.listed, data.count, data.devices, data.warning], [false, 3, [], 'LIMIT_NEAR']);
  });
});
