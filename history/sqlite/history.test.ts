import assert from 'node:assert/strict';
import { ANNA_LID, ANNA_PN, type Bench, GROUP, message, openBench, T0 } from '../test-support.ts';

describe('history: a batch from end to end', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench();
  });
  afterEach(() => bench.close());

  it('stores a message once, whichever engines saw it', async () => {
    const first = await bench.ingest([message({ id: 'A1' })]);
    assert.deepEqual([first.messagesAdded, first.messagesDeduplicated], [1, 0]);
    const again = await bench.ingest([message({ id: 'A1' })]);
    assert.deepEqual([again.messagesAdded, again.messagesDeduplicated], [0, 1]);
    await bench.ingest([message({ id: 'A1', via: 'push' })], 'webjs');
    const { items } = await bench.history.messages.list({ order: 'newest', limit: 10 });
    assert.equal(items.length, 1);
    assert.deepEqual(
      items[0]?.sources.map((source) => [source.engine, source.via]),
      [
        ['baileys', 'live'],
        ['webjs', 'push'],
      ],
    );
  });

  it('applies a batch once, by its offset', async () => {
    const batch = {
      engine: 'baileys' as const,
      outboxId: 'box',
      seq: 7,
      observations: [message({ id: 'A1' })],
    };
    assert.equal((await bench.history.ingest.apply(batch)).applied, true);
    assert.equal((await bench.history.ingest.apply(batch)).applied, false);
    assert.equal(await bench.history.ingest.offset('baileys', 'box'), 7);
    assert.equal(await bench.history.ingest.offset('baileys', 'other'), 0);
  });

  it('lists chats with their last message and finds words', async () => {
    await bench.ingest([
      { kind: 'contact', jid: ANNA_PN, alt: ANNA_LID, name: 'Anna Größe' },
      { kind: 'chat', chat: GROUP, name: 'Hiking club' },
      message({ id: 'A1', text: 'The umbrella is at the café', sentAt: T0 }),
      message({ id: 'G1', chat: GROUP, sender: ANNA_LID, text: 'See you at the harbour', sentAt: T0 + 5 }),
    ]);
    const chats = await bench.history.chats.list({ sort: 'last_active', limit: 10 });
    assert.deepEqual(
      chats.items.map((chat) => [chat.name, chat.jid, chat.lastMessage?.preview, chat.unread]),
      [
        ['Hiking club', GROUP, 'See you at the harbour', 1],
        ['Anna Größe', ANNA_LID, 'The umbrella is at the café', 1],
      ],
    );
    const found = await bench.history.search.run({ text: 'CAFE umbrella', mode: 'auto', limit: 5 });
    assert.deepEqual(
      found.hits.map((hit) => hit.message.id),
      ['A1'],
    );
    assert.equal(found.hits[0]?.message.sender?.name, 'Anna Größe');
    assert.deepEqual(await bench.history.integrity(), []);
  });
});
