import assert from 'node:assert/strict';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { blockDatabase } from '#engines/contract/kit/testing/blocked-database.ts';
import { type Bench, createBench } from './testing/bench.ts';
import { differences, fold } from './testing/fold.ts';

describe('baileys: a disk that refuses', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await createBench();
  });
  afterEach(() => bench.close());

  async function liveWhileBlocked(file: string, reason: string): Promise<void> {
    await bench.synced();
    const { account } = bench.simulator;
    const chats = account.chats().filter((chat) => chat.kind === 'direct');
    const blocked = blockDatabase(join(bench.engineDir, file));
    const sent = chats.map((chat) =>
      account.receive({ chat: chat.key, content: { type: 'text', text: `for ${chat.key}` } }),
    );
    const failed = await bench.level('failed');
    assert.equal(failed.reason, reason);
    assert.equal(failed.lastError?.code, 'DATABASE_ERROR');
    const [run] = [bench.engine.commands['session.probe']];
    await assert.rejects(async () => run?.({}, AbortSignal.timeout(1_000)), { code: 'NOT_CONNECTED' });
    blocked.release();
    await bench.level('ready');
    await bench.until(
      () =>
        sent.every(({ id }) => bench.of('message').some((one) => one.id === id && one.text !== undefined)),
      'all messages',
    );
    const me = bench.engine.status().account?.lid ?? '';
    const pushed = [...bench.simulator.oracle.messages()].filter((message) => message.pushed);
    assert.deepEqual(differences(fold(bench.observations()), pushed, me), []);
  }

  it('outbox: stops listening, loses nothing, goes on by itself', async () => {
    await liveWhileBlocked('outbox.db', 'outbox-failed');
  }).timeout(20_000);

  for (const file of ['outbox.db', 'session.db']) {
    it(`${file}: history that arrives meanwhile is not lost`, async () => {
      bench.simulator.faults.phone.chunkDelayMs = 60;
      await bench.linkByQr();
      const blocked = blockDatabase(join(bench.engineDir, file));
      await bench.level('failed');
      blocked.release();
      await bench.level('ready');
      const me = bench.engine.status().account?.lid ?? '';
      const pushed = [...bench.simulator.oracle.messages()].filter((message) => message.pushed);
      // The oldest part still streams in when the engine is ready.
      await bench.until(
        () => differences(fold(bench.observations()), pushed, me).length === 0,
        'whole history',
      );
    }).timeout(20_000);
  }

  it('session: drops the socket, goes on by itself', async () => {
    await liveWhileBlocked('session.db', 'session-store-failed');
  }).timeout(20_000);

  it('session: goes on also when the credentials can be read only later than written', async () => {
    await bench.synced();
    const file = join(bench.engineDir, 'session.db');
    const blocked = blockDatabase(file);
    const [chat] = bench.simulator.account.chats();
    bench.simulator.account.receive({ chat: chat?.key ?? '', content: { type: 'text', text: 'blocked' } });
    await bench.level('failed');
    const db = new Database(file, { timeout: 2_000 });
    try {
      const held = db.prepare<[], { type: string; value: string }>(`SELECT * FROM auth WHERE id = ''`).all();
      assert.equal(held.length, 1);
      db.exec(`UPDATE auth SET value = '{' WHERE id = ''`);
      blocked.release();
      // Longer than one pause between two tries.
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      assert.equal(bench.engine.status().level, 'failed');
      db.prepare(`UPDATE auth SET value = ? WHERE id = ''`).run(held[0]?.value);
    } finally {
      db.close();
    }
    await bench.level('ready');
  }).timeout(20_000);
});
