import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openOutbox } from '#engines/contract/outbox.ts';
import type { EngineAccount, EngineLevel } from '#engines/contract/state.ts';
import { createTestEngine, type TestEngine } from '#engines/contract/test-engine.ts';
import { TandemError } from '#kernel/errors.ts';
import { until } from '#kernel/testing/until.ts';
import { type AccountGuard, createAccountGuard } from './account-guard.ts';
import type { Gate } from './ingest/consumer.ts';
import { openTestHistory, silentLogger, type TestHistory } from './testing/history.ts';

const OURS: EngineAccount = { pn: '4915112345678@s.whatsapp.net', lid: null, pushName: null };
const OTHER: EngineAccount = { pn: '4917099999999@s.whatsapp.net', lid: '900@lid', pushName: null };

describe('account guard', () => {
  let home: TestHistory;
  let engine: TestEngine;
  let guard: AccountGuard;
  let gates: Gate[];
  let unlinks: number;
  let refusals: number;

  function watch(): void {
    gates = [];
    unlinks = 0;
    refusals = 0;
    guard = createAccountGuard({
      engine: 'baileys',
      account: home.history.account,
      logger: silentLogger,
      setGate: (gate) => gates.push(gate),
      unlink: () => {
        unlinks += 1;
        return unlinks < refusals ? Promise.reject(new TandemError('NOT_CONNECTED')) : Promise.resolve();
      },
    });
  }
  async function becomes(level: EngineLevel, account: EngineAccount | null, gate: Gate): Promise<void> {
    const before = gates.length;
    engine.setStatus({ level, account });
    guard.judge(engine.status());
    await until(() => gates.length > before, `gate that is ${gate}`);
    assert.equal(gates.at(-1), gate);
  }

  beforeEach(async () => {
    home = await openTestHistory();
    engine = createTestEngine(openOutbox(join(home.dir, 'outbox.db')));
    watch();
  });
  afterEach(async () => {
    guard.stop();
    await engine.close();
    await home.close();
  });

  it('keeps the gate closed until the first account is known, and writes that down', async () => {
    await becomes('unlinked', null, 'closed');
    await becomes('linking', null, 'closed');
    await becomes('syncing', OURS, 'open');
    assert.equal((await home.history.account.get())?.pn, OURS.pn);
    assert.equal(guard.mismatch(), null);
  });

  it('opens for the same account after a restart, also while it is logged out', async () => {
    await becomes('ready', OURS, 'open');
    await home.reopen();
    watch();
    await becomes('logged-out', null, 'open');
    await becomes('linking', null, 'closed');
    await becomes('ready', { ...OURS, lid: '800@lid' }, 'open');
    assert.equal((await home.history.account.get())?.lid, '800@lid');
  });

  it('keeps another account away, also what it left behind, until ours is back', async () => {
    await becomes('ready', OURS, 'open');
    await becomes('linking', null, 'closed');
    await becomes('syncing', OTHER, 'discarding');
    const error = guard.mismatch();
    assert.equal(error?.code, 'ACCOUNT_MISMATCH');
    assert.deepEqual(error?.details, { expected: '…5678@s.whatsapp.net', found: '…9999@s.whatsapp.net' });
    assert.equal(unlinks, 1);
    await becomes('unlinked', null, 'discarding');
    assert.equal(guard.mismatch(), null);
    assert.equal(guard.lastMismatch(), error, 'it is told why it is unlinked');
    await becomes('linking', null, 'closed');
    await becomes('syncing', OURS, 'open');
    assert.equal((await home.history.account.get())?.pn, OURS.pn);
    assert.equal(guard.lastMismatch(), null);
  });

  it('goes on unlinking while the engine cannot, and stops when it has happened', async function () {
    this.timeout(10_000);
    await becomes('ready', OURS, 'open');
    refusals = 2;
    await becomes('linking', null, 'closed');
    await becomes('ready', OTHER, 'discarding');
    await until(() => unlinks === 2, 'second try');
    await becomes('unlinked', null, 'discarding');
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    assert.equal(unlinks, 2);
  });

  it('lets exactly one account win when two engines are linked at the same time', async () => {
    const outcomes: string[] = [];
    const guards = (['baileys', 'webjs'] as const).map((name) =>
      createAccountGuard({
        engine: name,
        account: home.history.account,
        logger: silentLogger,
        setGate: (gate) => outcomes.push(gate),
        unlink: () => Promise.resolve(),
      }),
    );
    const status = engine.status();
    guards[0]?.judge({ ...status, level: 'syncing', account: OURS });
    guards[1]?.judge({ ...status, level: 'syncing', account: OTHER });
    await until(() => outcomes.length === 2, 'judgement of both');
    assert.deepEqual(new Set(outcomes), new Set(['discarding', 'open']));
    assert.equal(guards.filter((one) => one.mismatch() !== null).length, 1);
    for (const one of guards) one.stop();
  });
});
