import assert from 'node:assert/strict';
import type { EngineStatus } from '#engines/contract/state.ts';
import { type Bench, createBench } from './testing/bench.ts';

describe('baileys: session', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await createBench();
    await bench.synced();
  });
  afterEach(() => bench.close());

  const levels = () => bench.of('connection').map(({ level, reason }) => `${level}/${reason}`);
  const linkedDevices = () => bench.simulator.wire.devices.companions().length;

  /** Every status from now on, also those that pass between two looks. */
  const watch = () => {
    const seen: EngineStatus[] = [];
    bench.engine.onStatus((status) => seen.push(status));
    return seen;
  };
  const recovering = (seen: readonly EngineStatus[]) =>
    bench.until(() => seen.find(({ level }) => level === 'recovering'), 'loss');

  it('reconnects at once after 515', async () => {
    const seen = watch();
    bench.simulator.faults.streamError(515);
    await bench.until(() => seen.some(({ level }) => level === 'connecting'), 'new connection');
    await bench.level('ready');
    const pauses = seen.filter(
      ({ level, reconnectAttempts, nextAttemptAtMs }) =>
        level === 'recovering' || reconnectAttempts > 0 || nextAttemptAtMs !== null,
    );
    assert.deepEqual(pauses, []);
    assert.equal(bench.engine.status().lastDisconnect?.reason, 'restart-required');
  });

  it('comes back after a lost connection, and counts the tries', async () => {
    const seen = watch();
    bench.simulator.faults.drop();
    const { reason, reconnectAttempts, nextAttemptAtMs, sinceMs } = await recovering(seen);
    assert.deepEqual([reason, reconnectAttempts], ['connection-lost', 1]);
    assert.ok((nextAttemptAtMs ?? 0) > sinceMs);
    const back = await bench.level('ready');
    assert.deepEqual([back.reconnectAttempts, back.nextAttemptAtMs], [0, null]);
  });

  it('waits longer when the server is busy', async () => {
    const seen = watch();
    bench.simulator.faults.streamError(503);
    const { reason, nextAttemptAtMs, sinceMs } = await recovering(seen);
    assert.equal(reason, 'service-unavailable');
    assert.ok((nextAttemptAtMs ?? 0) - sinceMs > 2_000);
  });

  it('tolerates some stream errors, then waits for a person', async () => {
    bench.simulator.faults.failLogins(500, 10);
    bench.simulator.faults.streamError(500);
    const { reason, lastError } = await bench.level('failed');
    assert.equal(reason, 'stream-error');
    assert.equal(lastError?.code, 'CONNECTION_REJECTED');
    assert.equal(linkedDevices(), 1);
  }).timeout(20_000);

  it('does not fight whoever replaced it', async () => {
    bench.simulator.faults.streamError(440);
    const { reason, lastError } = await bench.level('conflict');
    assert.deepEqual([reason, lastError?.code], ['replaced', 'SESSION_REPLACED']);
    await new Promise((resolve) => setTimeout(resolve, 700));
    assert.equal(bench.engine.status().level, 'conflict');
    await bench.restart();
    await bench.level('ready');
  });

  it('forgets the device when it is logged out, and can be linked again', async () => {
    const messages = bench.of('message').length;
    bench.simulator.faults.streamError(401);
    const { reason, account } = await bench.level('logged-out');
    assert.deepEqual([reason, account], ['logged-out', null]);
    await assert.rejects(
      async () => bench.engine.commands['session.probe']?.({}, AbortSignal.timeout(1_000)),
      { code: 'NOT_AUTHENTICATED' },
    );
    assert.equal(bench.of('message').length, messages);
    await bench.restart();
    await bench.level('unlinked');
    await bench.synced();
  });

  it('stops when the account is refused', async () => {
    bench.simulator.faults.streamError(403);
    const { reason, lastError } = await bench.level('failed');
    assert.deepEqual([reason, lastError?.code], ['forbidden', 'ACCOUNT_BANNED']);
    assert.equal(linkedDevices(), 1);
  });

  it('tries once more when the client is too old, then says so', async () => {
    bench.simulator.faults.failLogins(405, 1);
    bench.simulator.faults.drop();
    await bench.level('recovering');
    await bench.level('ready');
    bench.simulator.faults.failLogins(405, 2);
    bench.simulator.faults.drop();
    const { reason } = await bench.level('failed');
    assert.equal(reason, 'client-outdated');
  });

  it('survives a stanza that breaks off in the middle', async () => {
    bench.simulator.faults.cutNextStanza(1);
    const { account } = bench.simulator;
    const [chat] = account.chats();
    const sent = account.receive({ chat: chat?.key ?? '', content: { type: 'text', text: 'cut' } });
    await bench.level('recovering');
    await bench.until(() => bench.of('message').find((one) => one.id === sent.id), 'message');
  });

  it('tells every change of level, so that coverage can be built on it', async () => {
    bench.simulator.faults.drop();
    await bench.level('recovering');
    await bench.level('ready');
    assert.deepEqual(levels().slice(-3), ['ready/none', 'recovering/connection-lost', 'ready/none']);
  });
});
