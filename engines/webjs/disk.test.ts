import assert from 'node:assert/strict';
import { join } from 'node:path';
import { blockDatabase } from '#engines/contract/kit/testing/blocked-database.ts';
import { type Bench, createBench } from './testing/bench.ts';

describe('webjs: a disk that refuses', function () {
  this.timeout(60_000);
  let bench: Bench;
  beforeEach(async () => {
    bench = await createBench();
    await bench.synced();
  });
  afterEach(() => bench.close());

  const receive = (what: string) => {
    const chats = bench.simulator.account.chats().filter((chat) => chat.kind === 'direct');
    return chats.map((chat) =>
      bench.simulator.account.receive({
        chat: chat.key,
        content: { type: 'text', text: `${what} ${chat.key}` },
      }),
    );
  };
  const allTold = (sent: readonly { readonly id: string }[]) =>
    bench.until(
      () =>
        sent.every(({ id }) => bench.of('message').some((one) => one.id === id && one.text !== undefined)),
      'all messages',
    );

  it('outbox: lets the browser go, loses nothing, goes on by itself', async () => {
    const blocked = blockDatabase(join(bench.engineDir, 'outbox.db'));
    const sent = receive('while blocked');
    const failed = await bench.level('failed');
    assert.equal(failed.reason, 'outbox-failed');
    assert.equal(failed.lastError?.code, 'DATABASE_ERROR');
    await assert.rejects(
      async () => bench.engine.commands['session.probe']?.({}, AbortSignal.timeout(1_000)),
      { code: 'NOT_CONNECTED' },
    );
    await bench.until(() => bench.browsers().length === 0, 'end of the browser');
    const later = receive('while there was no browser');
    blocked.release();
    await bench.level('ready');
    await allTold([...sent, ...later]);
  });

  it('what was told: repeats itself rather than lose anything', async () => {
    const blocked = blockDatabase(join(bench.engineDir, 'told.db'));
    const sent = receive('while blocked');
    await allTold(sent);
    blocked.release();
    await allTold(receive('afterwards'));
    assert.equal(bench.engine.status().level, 'ready');
  });
});
