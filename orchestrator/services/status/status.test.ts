import assert from 'node:assert/strict';
import { TandemError, toErrorBody } from '#kernel/errors.ts';
import { failsWith } from '../testing/errors.ts';
import { club, me, NOW_SECONDS } from '../testing/sample-history.ts';
import { createWorld, type World, type WorldOptions } from '../testing/world.ts';

describe('status', () => {
  let world: World;
  const open = async (options: WorldOptions = {}) => {
    world = await createWorld(options);
  };
  afterEach(() => world.close());
  const connection = async (verify = true) => (await world.services.connection({ verify })).data;
  const backends = async () =>
    (await world.services.backends({ include_capabilities: true, include_routing: true })).data;

  it('says connected only after a live round trip', async () => {
    await open({ commands: { 'session.probe': () => Promise.resolve({ roundTripMs: 12.4 }) } });
    const data = await connection();
    assert.deepEqual([data.authenticated, data.ready, data.sending], [true, true, 'off']);
    const [engine] = data.engines;
    assert.deepEqual([engine?.state, engine?.own_jid, engine?.own_lid], ['connected', me.pn, me.lid]);
    assert.deepEqual([engine?.uptime_s, engine?.probe], [60, { ok: true, round_trip_ms: 12 }]);
    assert.deepEqual([data.store.messages, data.store.unread], [11, 5]);
    assert.equal((await connection(false)).engines[0]?.probe, undefined);
  });

  it('does not call a silent engine ready, and never fails itself', async () => {
    await open({
      commands: { 'session.probe': () => Promise.reject(new TandemError('ENGINE_TIMEOUT')) },
      config: { sending: true },
    });
    const data = await connection();
    assert.deepEqual([data.authenticated, data.ready], [true, false]);
    assert.equal(data.engines[0]?.probe?.error?.code, 'ENGINE_TIMEOUT');
    assert.ok(!data.usable_for.includes('sending'));
    assert.ok(data.usable_for.includes('searching'));
  });

  it('counts what went wrong lately, and tells a lost connection from a lost session', async () => {
    await open({
      commands: {
        'session.probe': () => Promise.reject(new TandemError('ENGINE_TIMEOUT')),
        'group.read': () => Promise.reject(new TandemError('GROUP_NOT_FOUND')),
      },
    });
    const engine = async (verify = true) => (await connection(verify)).engines[0];
    assert.equal((await engine(false))?.errors_last_5_min, 0);
    await engine();
    assert.equal((await engine())?.errors_last_5_min, 2);
    await failsWith('GROUP_NOT_FOUND', () =>
      world.services.groups.info({ group: club, source: 'live', participant_limit: 1 }),
    );
    const asked = { code: 515, reason: 'restart-required', atMs: NOW_SECONDS * 1_000 } as const;
    world.setEngine({ lastDisconnect: asked });
    assert.equal((await engine(false))?.errors_last_5_min, 2);
    const lost = { code: 428, reason: 'connection-lost', atMs: NOW_SECONDS * 1_000 } as const;
    world.setEngine({ lastDisconnect: lost });
    world.setEngine({ reconnectAttempts: 1 });
    const after = await engine(false);
    assert.deepEqual([after?.errors_last_5_min, after?.reconnect_attempts], [3, 1]);
    assert.deepEqual(after?.last_disconnect, {
      code: 428,
      reason: 'The connection was lost.',
      time: '2026-03-02T10:00:00+01:00',
      permanent: false,
    });
    world.clock.advance(5 * 60_000);
    world.setEngine({ lastDisconnect: { ...lost, reason: 'logged-out' } });
    const later = await engine(false);
    assert.deepEqual([later?.errors_last_5_min, later?.last_disconnect?.permanent], [0, true]);
  });

  it('has a word for each state, and says what to do', async () => {
    await open();
    const account = { ...me, pushName: null };
    for (const [change, state] of [
      [{ level: 'unlinked', reason: 'not-linked', account: null }, 'not_linked'],
      [{ level: 'linking', reason: 'waiting-for-scan', account: null }, 'awaiting_link'],
      [{ level: 'connecting', reason: 'none', account }, 'connecting'],
      [{ level: 'recovering', reason: 'connection-lost', account }, 'recovering'],
      [{ level: 'logged-out', reason: 'logged-out', account: null }, 'logged_out'],
      [{ level: 'conflict', reason: 'replaced', account }, 'replaced'],
      [{ level: 'failed', reason: 'forbidden', account }, 'banned'],
      [{ level: 'failed', reason: 'session-store-failed', account }, 'session_present_but_down'],
      [{ level: 'stopped', reason: 'none', account }, 'session_present_but_down'],
      [{ level: 'degraded', reason: 'none', account }, 'connected'],
    ] as const) {
      world.setEngine(change);
      const [engine] = (await connection()).engines;
      assert.equal(engine?.state, state, change.level);
      assert.equal(engine?.action !== undefined, change.reason !== 'none');
    }
    world.setEngine({ level: 'unlinked', reason: 'not-linked', account: null });
    assert.match((await connection()).next_step ?? '', /authenticate/);
  });

  it('calls an engine available only when it is linked, connected and answering', async () => {
    await open({ commands: { 'group.read': () => Promise.resolve({ groups: [] }) } });
    const well = await backends();
    assert.deepEqual([well.overall, well.available_count, well.engines[0]?.status], ['ok', 1, 'ok']);
    assert.deepEqual(well.engines[0]?.capabilities, ['group.read']);
    assert.deepEqual(well.routing?.find(({ operation }) => operation === 'group.read')?.engines, ['baileys']);
    world.setEngine({ level: 'recovering', reason: 'connection-lost' });
    const down = await backends();
    assert.deepEqual(
      [
        down.overall,
        down.engines[0]?.process_up,
        down.engines[0]?.api_responsive,
        down.engines[0]?.whatsapp_connected,
      ],
      ['error', true, true, false],
    );
    assert.deepEqual(down.routing?.find(({ operation }) => operation === 'group.read')?.engines, []);
    const error = toErrorBody(new TandemError('ENGINE_UNREACHABLE'));
    world.setView({ processUp: false, reachable: false, status: null, error });
    assert.deepEqual(
      (await backends()).engines.map(({ status, error: shown }) => [status, shown?.code]),
      [['unreachable', 'ENGINE_UNREACHABLE']],
    );
    await failsWith('VALIDATION_ERROR', () =>
      world.services.backends({ engine: 'webjs', include_capabilities: false, include_routing: false }),
    );
  });

  it('tells how much is stored, and how far a chat reaches', async () => {
    await open();
    world.setEngine({
      level: 'syncing',
      sync: { phase: 'recent', percent: 40, chats: 3, messages: 200 },
      lastDisconnect: { code: 515, reason: 'restart-required', atMs: NOW_SECONDS * 1_000 },
    });
    const { data } = await world.services.sync.overview();
    assert.deepEqual(
      [data.sync_status, data.statistics.message_count, data.statistics.database_exists],
      ['Active', 11, true],
    );
    assert.deepEqual([data.engines[0]?.phase, data.engines[0]?.percent], ['recent', 40]);
    assert.deepEqual(data.jobs, { waiting: 0, active: 0, delayed: 0, paused: 0, failed: 0 });
    const sums = data.coverage_summary;
    assert.deepEqual(
      [sums?.complete, sums?.unknown],
      [0, sums?.chats],
      'no engine vouches for anything here',
    );
    const { data: chat } = await world.services.sync.ofChat({ chat: 'Anna Müller' });
    // The phone said that nothing older exists, but nobody says that nothing is missing between.
    assert.deepEqual([chat.coverage, chat.message_count, chat.sync_running], ['partial', 4, true]);
    assert.match(String(chat.next_step), /fetch_history/);
    assert.equal((await world.services.sync.ofChat({ chat: club })).data.coverage, 'partial');
    assert.equal((await world.services.sync.ofChat({ chat: 'Garden' })).data.coverage, 'unknown');
    await failsWith('CHAT_NOT_FOUND', () => world.services.sync.ofChat({ chat: 'Nowhere' }));
  });

  it('goes on telling when the store cannot be read', async () => {
    await open();
    await world.history.close();
    const { data } = await world.services.sync.overview();
    assert.deepEqual([data.sync_status, data.statistics.database_exists], ['Error', false]);
    assert.ok(data.error);
    assert.deepEqual([data.jobs, data.coverage_summary], [undefined, undefined]);
  });

  it('answers a ping without any engine', async () => {
    await open({ empty: true, withoutEngine: true });
    world.clock.advance(90_000);
    const { data } = world.services.ping();
    assert.deepEqual([data.pong, data.uptime_s, data.time_zone], [true, 90, 'Europe/Berlin']);
    assert.deepEqual([(await connection()).authenticated, (await backends()).overall], [false, 'error']);
  });
});
