import assert from 'node:assert/strict';
import { ANNA_PN, BERT_PN, type Bench, GROUP, message, openBench, T0 } from '#history/test-support.ts';
import { everyChat } from './plan.ts';

describe('the order in which chats are fetched', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench();
  });
  afterEach(() => bench.close());

  const numberOf = (n: number) => `49151${String(n).padStart(8, '0')}@s.whatsapp.net`;

  it('is: unread ones, then those of the last activity; what has no messages is last, what has no history is not there', async () => {
    await bench.ingest([
      message({ id: 'A', sentAt: T0 + 1 }),
      message({ id: 'B', chat: BERT_PN, sentAt: T0 + 3 }),
      message({ id: 'G', chat: GROUP, sender: ANNA_PN, sentAt: T0 + 2 }),
      message({ id: 'S', chat: 'status@broadcast', sender: ANNA_PN, sentAt: T0 + 9 }),
      { kind: 'chat', chat: numberOf(7) },
      { kind: 'chat', chat: ANNA_PN, unread: 0 },
      { kind: 'chat', chat: BERT_PN, unread: 0 },
      { kind: 'chat', chat: GROUP, unread: 4 },
    ]);
    const order = (await everyChat(bench.history)).map(({ jid }) => jid);
    assert.deepEqual(order, [GROUP, BERT_PN, ANNA_PN, numberOf(7)]);
  });

  it('leaves none out, however many there are', async () => {
    const many = Array.from({ length: 1_100 }, (_, n) =>
      message({ id: `M${n}`, chat: numberOf(n), sender: numberOf(n), sentAt: T0 - n }),
    );
    await bench.ingest(many);
    const found = await everyChat(bench.history);
    assert.equal(new Set(found.map(({ id }) => id)).size, many.length);
    assert.equal(found.length, many.length);
  });
});
