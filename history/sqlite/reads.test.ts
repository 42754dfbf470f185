import assert from 'node:assert/strict';
import { ANNA_LID, ANNA_PN, type Bench, message, openBench, T0 } from '../test-support.ts';

describe('what was read here, and who knows', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench();
    await bench.ingest([
      message({ id: 'OLD', via: 'push', sentAt: T0 - 9 }),
      message({ id: 'A', sentAt: T0 }),
      message({ id: 'B', sentAt: T0 + 1 }),
      message({ id: 'OWN', fromMe: true, sentAt: T0 + 2 }),
      message({ id: 'C', sentAt: T0 + 3 }),
    ]);
  });
  afterEach(() => bench.close());

  const chatId = async () => (await bench.history.chats.byJid(ANNA_PN))?.id ?? 0;
  const now = async () => bench.history.reads.unread(await chatId(), 10);
  const keyOf = async (id: string) => (await bench.history.messages.byId(id))[0]?.key ?? 0;
  const read = async (...ids: readonly string[]) =>
    bench.history.reads.noteRead({
      chatId: await chatId(),
      keys: await Promise.all(ids.map(keyOf)),
      before: await now(),
    });
  const left = async () => (await now()).messages.map(({ id }) => id);

  it('counts out what was read, once, whether it was unread or not', async () => {
    await read('B');
    await read('B', 'OLD', 'OWN');
    assert.deepEqual([(await now()).unread, await left()], [2, ['C', 'A']]);
    assert.equal(await bench.history.chats.markRead(await chatId(), T0 + 1), 1);
    assert.deepEqual(await left(), ['C']);
    await read('C');
    assert.deepEqual(await now().then(({ unread, messages }) => [unread, messages]), [0, []]);
  });

  it('knows whom it has told, and counts them as unread until they are read', async () => {
    const key = await keyOf('B');
    await bench.history.reads.noteTold([key, await keyOf('OWN')]);
    const { unread, stored, told, toldKeys } = await now();
    assert.deepEqual([unread, stored, told, [...toldKeys]], [3, 3, 1, [key]]);
    await bench.history.chats.markRead(await chatId(), T0 + 9);
    assert.deepEqual(await bench.history.reads.told([key, await keyOf('A')]), new Set([key]));
  });

  it('tells what the phone counts from what is held', async () => {
    await bench.ingest([{ kind: 'chat', chat: ANNA_PN, unread: 30 }]);
    assert.deepEqual(await bench.history.reads.counts(await chatId()), { unread: 30, stored: 4, told: 0 });
  });

  it('still knows after two chats turned out to be one', async () => {
    await bench.ingest([message({ id: 'L', chat: ANNA_LID, sentAt: T0 + 4 })]);
    const keys = [await keyOf('B'), await keyOf('L')];
    await bench.history.reads.noteTold(keys);
    await read('B');
    await bench.ingest([{ kind: 'identity-link', pn: ANNA_PN, lid: ANNA_LID, source: 'usync', at: T0 }]);
    assert.deepEqual(await left(), ['L', 'C', 'A']);
    assert.equal((await bench.history.reads.told(await Promise.all(['B', 'L'].map(keyOf)))).size, 2);
  });

  it('deletes it along with the message', async () => {
    await read('A');
    await bench.history.reads.noteTold([await keyOf('A')]);
    await bench.history.maintenance.purge(T0 + 1, 100);
    assert.deepEqual([(await now()).unread, await left()], [2, ['C', 'B']]);
  });
});
