import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import type { Observation } from '#engines/contract/observation.ts';
import { ANNA_LID, ANNA_PN, type Bench, message, openBench, T0 } from '../test-support.ts';

const link: Observation = { kind: 'identity-link', pn: ANNA_PN, lid: ANNA_LID, source: 'usync', at: T0 };

/** A page of one chat: seconds from T0, newest first. */
function page(chat: string, requestId: string, seconds: readonly number[]): readonly Observation[] {
  const oldest = seconds.at(-1) ?? 0;
  return [
    ...seconds.map((second) =>
      message({
        id: `${requestId}-${second}`,
        chat,
        sender: chat,
        sentAt: T0 + second,
        via: 'page',
        page: requestId,
      }),
    ),
    {
      kind: 'history-page',
      requestId,
      chat,
      messages: seconds.length,
      before: null,
      oldest: { id: `${requestId}-${oldest}`, fromMe: false, sender: chat, sentAt: T0 + oldest },
      end: 'more-on-phone',
    },
  ];
}

describe('coverage of two chats that become one', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench();
    bench.clock.advance(1_000_000);
  });
  afterEach(() => bench.close());

  const idOf = async (jid: string) => (await bench.history.chats.byJid(jid))?.id ?? 0;
  const held = async (jid: string) =>
    (await bench.history.coverage.ofChat(await idOf(jid))).held.map(({ from, to }) => [from - T0, to - T0]);
  const undo = async () => {
    const [merge] = await bench.history.identity.merges(1);
    await bench.history.identity.undo(merge?.id ?? 0);
  };
  const rows = (sql: string) => {
    const db = new Database(bench.file, { readonly: true });
    try {
      return db.prepare(sql).raw().all();
    } finally {
      db.close();
    }
  };

  it('is united, and comes apart again when the merge is undone', async () => {
    await bench.ingest([
      ...page(ANNA_PN, 'P', [90, 80, 50]),
      ...page(ANNA_LID, 'L', [70, 60, 40]),
      ...page(ANNA_LID, 'M', [20, 10]),
    ]);
    await bench.ingest([link]);
    const both = [
      [40, 89],
      [10, 19],
    ];
    assert.deepEqual(await held(ANNA_PN), both);
    assert.deepEqual(await held(ANNA_LID), both);
    await undo();
    assert.deepEqual(await held(ANNA_PN), [[50, 89]]);
    assert.deepEqual(await held(ANNA_LID), [
      [40, 69],
      [10, 19],
    ]);
  });

  it('is dropped when the merge is undone after more was learned', async () => {
    await bench.ingest([...page(ANNA_PN, 'P', [90, 80]), ...page(ANNA_LID, 'L', [70, 60])]);
    await bench.ingest([link]);
    await bench.ingest(page(ANNA_LID, 'N', [75, 65]));
    await undo();
    assert.deepEqual(await held(ANNA_PN), []);
    assert.deepEqual(await held(ANNA_LID), []);
  });

  it('is claimed for the one chat when the push began while there were two', async () => {
    const level = (name: 'linking' | 'syncing' | 'ready', second: number): Observation => ({
      kind: 'connection',
      level: name,
      reason: 'none',
      at: T0 + second,
    });
    await bench.ingest([
      level('linking', 495),
      level('syncing', 500),
      message({ id: 'P', sentAt: T0 + 300, via: 'push' }),
      message({ id: 'L', sentAt: T0 + 200, via: 'push', chat: ANNA_LID, sender: ANNA_LID }),
    ]);
    await bench.ingest([
      link,
      { kind: 'history-progress', phase: 'recent', percent: 100, complete: true },
      level('ready', 510),
    ]);
    assert.deepEqual(await held(ANNA_PN), [[200, 1_000]]);
    assert.deepEqual(rows('SELECT * FROM push_edges'), []);
  });

  it('takes the backfill with it: counted together, asked by nobody', async () => {
    const { backfills } = bench.history;
    await bench.ingest([message({ id: 'P' }), message({ id: 'L', chat: ANNA_LID, sender: ANNA_LID })]);
    const [pn, lid] = [await idOf(ANNA_PN), await idOf(ANNA_LID)];
    await backfills.begin('job', [pn, lid]);
    await bench.ingest([...page(ANNA_PN, 'P', [90, 80]), ...page(ANNA_LID, 'L', [70])]);
    bench.clock.advance(1_000);
    await backfills.claim(lid, 'worker', 60_000);
    await bench.ingest([link]);
    const kept = await idOf(ANNA_PN);
    const row = await backfills.get(kept);
    assert.deepEqual([row?.state, row?.pages, row?.fetched, row?.added], ['queued', 2, 3, 3]);
    assert.equal(await backfills.get(kept === pn ? lid : pn), null);
    assert.equal(await backfills.move(kept, 'worker', { state: 'awaiting' }), false);
    assert.equal((await backfills.page('baileys', 'L'))?.chatId, kept);
    await undo();
    assert.deepEqual([(await backfills.get(pn))?.fetched, (await backfills.get(lid))?.fetched], [2, 1]);
  });

  it('takes the parts of jobs with it', async () => {
    const { jobs } = bench.history;
    await bench.ingest([message({ id: 'P' }), message({ id: 'L', chat: ANNA_LID, sender: ANNA_LID })]);
    await jobs.create({ id: 'job', kind: 'history', owner: 'me', fingerprint: 'f', args: null });
    const claimed = await jobs.claim('job', 'worker', 60_000);
    const chats = [await idOf(ANNA_PN), await idOf(ANNA_LID)];
    await jobs.addItems(
      'job',
      claimed?.fence ?? 0,
      chats.map((chatId) => ({ chatId, messageKey: null })),
    );
    await bench.ingest([link]);
    const kept = await idOf(ANNA_PN);
    assert.deepEqual(
      (await jobs.items('job')).map(({ chatId }) => chatId),
      [kept, kept],
    );
    await undo();
    assert.deepEqual(
      (await jobs.items('job')).map(({ chatId }) => chatId),
      chats,
    );
  });
});
