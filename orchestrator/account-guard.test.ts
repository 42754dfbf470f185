import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openOutbox } from '#engines/contract/outbox.ts';
import type { EngineAccount, EngineLevel } from '#engines/contract/state.ts';
import { createTestEngine, type TestEngine } from '#engines/contract/test-engine.ts';
import { type AccountGuard, createAccountGuard } from './account-guard.ts';
import type { Gate } from './ingest/consumer.ts';
import { openTestHistory, silentLogger, type TestHistory } from './testing/history.ts';
import { until } from './testing/until.ts';

const OURS: EngineAccount = { pn: '4915112345678@s.whatsapp.net', lid: null, pushName: null };
const OTHER: EngineAccount = { pn: '4917099999999@s.whatsapp.net', lid: '900@lid', pushName: null };

describe('account guard', () => {
  let home: TestHistory;
  let engine: TestEngine;
  let guard: AccountGuard;
  let gates: Gate[];

  function watch(): void {
    gates = [];
    guard = createAccountGuard({
      engine: 'baileys',
      account: home.history.account,
      logger: silentLogger,
      setGate: (gate) => gates.push(gate),
    });
  }
  async function becomes(level: EngineLevel, account: EngineAccount | null, gate: Gate): Promise<void> {
    const before = gates.length;
    engine.setStatus({ level, account });
    guard.judge(engine.status());
    await until(`the gate is ${gate}`, () => gates.length > before);
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
    assert.equal(guard.mismatch()?.code, 'ACCOUNT_MISMATCH');
    await becomes('unlinked', null, 'discarding');
    assert.equal(guard.mismatch(), null);
    await becomes('linking', null, 'closed');
    await becomes('syncing', OURS, 'open');
    assert.equal((await home.history.account.get())?.pn, OURS.pn);
  });
});
