import assert from 'node:assert/strict';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type Bench, createBench } from './testing/bench.ts';

describe('baileys: the key of the app state', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await createBench();
    await bench.synced();
  });
  afterEach(() => bench.close());

  it('is there soon after linking: nothing is impaired', async () => {
    await bench.until(() => bench.engine.status().impaired.length === 0, 'nothing impaired');
  });

  it('missing: says what does not work, refuses it, does the rest, and is well once linked again', async () => {
    const chat = bench.simulator.account.chats().find((one) => one.jid.endsWith('@lid'))?.jid ?? '';
    await bench.restart(() => {
      const db = new Database(join(bench.engineDir, 'session.db'));
      assert.ok(db.prepare("DELETE FROM auth WHERE type = 'app-state-sync-key'").run().changes > 0);
      db.close();
    });
    await bench.level('ready');
    const impaired = await bench.until(() => {
      const now = bench.engine.status().impaired;
      return now.length > 0 && now;
    }, 'impairments');
    assert.deepEqual(
      new Set(impaired.map(({ capability }) => capability)),
      new Set(['appstate.resync', 'chat.markRead', 'chat.archive', 'chat.pin', 'chat.mute']),
    );
    assert.ok(impaired.every(({ error, sinceMs }) => error.code === 'WHATSAPP_API_ERROR' && sinceMs > 0));
    for (const refused of [
      bench.run('chat.pin', { chat, pinned: true }),
      bench.run('chat.archive', { chat, archived: true, newest: null }),
      bench.run('appstate.resync', {}),
      bench.run('message.revoke', {
        message: { chat, id: 'ABCDEF0123456789', fromMe: true, sender: null },
        scope: 'me',
        sentAt: 1_700_000_000,
      }),
    ]) {
      await assert.rejects(refused, {
        code: 'WHATSAPP_API_ERROR',
        details: { reason: 'app-state-key-missing' },
      });
    }
    await bench.run('send.text', { chat, messageId: '3EB0123456789ABCDEF0', text: 'still goes' });
    await bench.run('session.logout', {});
    assert.deepEqual(bench.engine.status().impaired, []);
    await bench.synced();
    await bench.until(() => bench.engine.status().impaired.length === 0, 'nothing impaired');
    assert.deepEqual(await bench.run('chat.pin', { chat, pinned: true }), { pinned: true });
  });
});
