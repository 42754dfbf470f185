import assert from 'node:assert/strict';
import { ANNA_PN, BERT_PN, type Bench, GROUP, message, openBench, silent, T0 } from '../test-support.ts';
import { openHistory } from './history.ts';

const LEASE_MS = 10_000;

describe('backfills', () => {
  let bench: Bench;
  let anna: number;
  let bert: number;
  let group: number;
  beforeEach(async () => {
    bench = await openBench();
    await bench.ingest([
      message({ id: 'A' }),
      message({ id: 'B', chat: BERT_PN }),
      message({ id: 'G', chat: GROUP, sender: ANNA_PN }),
    ]);
    const idOf = async (jid: string) => (await bench.history.chats.byJid(jid))?.id ?? 0;
    [anna, bert, group] = [await idOf(ANNA_PN), await idOf(BERT_PN), await idOf(GROUP)];
  });
  afterEach(() => bench.close());

  const state = async (chatId: number) => (await bench.history.backfills.get(chatId))?.state;

  it('begin with a row for each chat, and keep what was counted when they begin again', async () => {
    const { backfills } = bench.history;
    assert.equal(await backfills.get(anna), null);
    await backfills.begin('one', [anna, bert]);
    await bench.ingest([
      message({ id: 'A0', via: 'page', page: 'R', sentAt: T0 - 5 }),
      {
        kind: 'history-page',
        requestId: 'R',
        chat: ANNA_PN,
        messages: 1,
        before: { id: 'A', fromMe: false, sender: ANNA_PN, sentAt: T0 },
        oldest: { id: 'A0', fromMe: false, sender: ANNA_PN, sentAt: T0 - 5 },
        end: 'start-reached',
      },
    ]);
    await backfills.claim(anna, 'worker', LEASE_MS);
    await backfills.move(anna, 'worker', { state: 'exhausted', reason: 'nothing-older-came', rung: 3 });
    await backfills.release(anna, 'worker');
    await backfills.claim(bert, 'worker', LEASE_MS);
    await backfills.move(bert, 'worker', { state: 'complete' });
    await backfills.release(bert, 'worker');
    await backfills.begin('two', [anna, bert, group]);
    const row = await backfills.get(anna);
    assert.deepEqual(
      [row?.state, row?.reason, row?.rung, row?.jobId, row?.fetched, row?.lastAnswer],
      ['queued', null, 0, 'two', 1, 'start'],
    );
    assert.deepEqual([await state(bert), await state(group)], ['complete', 'queued']);
    const { queued, complete, failed } = await backfills.counts();
    assert.deepEqual([queued, complete, failed], [2, 1, 0]);
  });

  describe('count for the job', () => {
    const page = (request: string, before: string, id: string, sentAt: number) =>
      bench.ingest([
        message({ id, via: 'page', page: request, sentAt }),
        {
          kind: 'history-page',
          requestId: request,
          chat: ANNA_PN,
          messages: 1,
          before: { id: before, fromMe: false, sender: ANNA_PN, sentAt: sentAt + 5 },
          oldest: { id, fromMe: false, sender: ANNA_PN, sentAt },
          end: 'more-on-phone',
        },
      ]);
    /** A job that has the chat as its only part, and has begun with it. */
    const work = async (id: string): Promise<number> => {
      const { jobs, backfills } = bench.history;
      await jobs.create({ id, kind: 'history', owner: 'mcp', fingerprint: id, args: null });
      const fence = (await jobs.claim(id, id, LEASE_MS))?.fence ?? 0;
      await backfills.begin(id, [anna]);
      await jobs.addItems(id, fence, [{ chatId: anna, messageKey: null }]);
      await jobs.saveItem(id, fence, 1, { state: 'running' });
      return fence;
    };
    const fetched = async (id: string) => {
      const all = await bench.history.backfills.totals(id);
      assert.deepEqual(await bench.history.backfills.totals(id, anna), all);
      assert.equal((await bench.history.backfills.totals(id, bert)).pages, 0);
      return [all.pages, all.fetched, all.added, all.deduplicated];
    };

    it('that has the chat in hand, whoever began with it last', async () => {
      const { backfills, jobs } = bench.history;
      await work('one');
      await page('R1', 'A', 'A1', T0 - 5);
      const two = await work('two');
      assert.deepEqual(
        [await fetched('one'), await fetched('two')],
        [
          [1, 1, 1, 0],
          [0, 0, 0, 0],
        ],
      );
      await page('R2', 'A1', 'A2', T0 - 10);
      await jobs.saveItem('two', two, 1, { state: 'done' });
      await backfills.claim(anna, 'worker', LEASE_MS, 'one');
      await page('R3', 'A2', 'A3', T0 - 15);
      await page('R3', 'A2', 'A3', T0 - 15);
      assert.deepEqual(
        [await fetched('one'), await fetched('two')],
        [
          [2, 2, 2, 0],
          [1, 1, 1, 0],
        ],
      );
      assert.equal((await backfills.get(anna))?.pages, 3);
    });

    it('also when the answer comes after the death of whoever asked, but not once the part has ended', async () => {
      const { backfills, jobs } = bench.history;
      const fence = await work('one');
      await backfills.claim(anna, 'dead', LEASE_MS, 'one');
      await backfills.releaseAbandoned(() => true);
      await page('R1', 'A', 'A1', T0 - 5);
      await jobs.saveItem('one', fence, 1, { state: 'done' });
      await page('R2', 'A1', 'A2', T0 - 10);
      assert.deepEqual(await fetched('one'), [1, 1, 1, 0]);
    });
  });

  it('are claimed by one of two processes on one file, until the lease runs out', async () => {
    const other = await openHistory({ file: bench.file, clock: bench.clock, logger: silent });
    try {
      await bench.history.backfills.begin('job', [anna]);
      assert.equal(await bench.history.backfills.claim(anna, 'one', LEASE_MS), true);
      assert.equal(await other.backfills.claim(anna, 'two', LEASE_MS), false);
      assert.equal(await other.backfills.move(anna, 'two', { state: 'failed' }), false);
      assert.equal(await bench.history.backfills.claim(anna, 'one', LEASE_MS), true);
      bench.clock.advance(LEASE_MS);
      assert.equal(await other.backfills.claim(anna, 'two', LEASE_MS), true);
      assert.equal(await bench.history.backfills.move(anna, 'one', { state: 'failed' }), false);
      assert.equal(await state(anna), 'requesting');
    } finally {
      await other.close();
    }
  });

  it('go back to queued when their claim is given back in the middle of a request', async () => {
    const { backfills } = bench.history;
    await backfills.begin('job', [anna]);
    assert.equal(await backfills.claim(anna, 'worker', LEASE_MS), true);
    await backfills.move(anna, 'worker', { state: 'awaiting', rung: 1 });
    await backfills.release(anna, 'stranger');
    assert.equal(await state(anna), 'awaiting');
    await backfills.release(anna, 'worker');
    assert.equal(await state(anna), 'queued');
    assert.equal((await backfills.get(anna))?.rung, 1);
    assert.equal(await backfills.claim(anna, 'stranger', LEASE_MS), true);
  });

  it('are taken from processes that are gone', async () => {
    const { backfills } = bench.history;
    await backfills.begin('job', [anna, bert, group]);
    await backfills.claim(anna, 'dead', LEASE_MS);
    await backfills.claim(bert, 'alive', LEASE_MS);
    await backfills.claim(group, 'late', 1);
    bench.clock.advance(2);
    assert.equal(await backfills.releaseAbandoned((holder) => holder === 'dead'), 2);
    assert.deepEqual(
      [await state(anna), await state(bert), await state(group)],
      ['queued', 'requesting', 'queued'],
    );
  });

  it('stop and go on with their run, but for those that have ended', async () => {
    const { backfills } = bench.history;
    await backfills.begin('job', [anna, bert]);
    await backfills.begin('other', [group]);
    await backfills.claim(anna, 'worker', LEASE_MS);
    await backfills.move(anna, 'worker', { state: 'complete' });
    await backfills.release(anna, 'worker');
    await backfills.claim(bert, 'worker', LEASE_MS);
    assert.equal(await backfills.moveAll('job', 'paused', 'asked'), 1);
    assert.deepEqual(
      [await state(anna), await state(bert), await state(group)],
      ['complete', 'paused', 'queued'],
    );
    assert.equal(await backfills.move(bert, 'worker', { state: 'awaiting' }), false);
    assert.equal(await backfills.moveAll('job', 'queued', null), 1);
    assert.equal(await state(bert), 'queued');
  });

  it('list the longest untouched first', async () => {
    const { backfills } = bench.history;
    for (const chat of [group, anna, bert]) {
      bench.clock.advance(10);
      await backfills.begin('job', [chat]);
    }
    const ids = async (query: Parameters<typeof backfills.list>[0]) =>
      (await backfills.list(query)).map(({ chatId }) => chatId);
    assert.deepEqual(await ids({ limit: 2 }), [group, anna]);
    assert.deepEqual(await ids({ limit: 2, after: anna }), [bert]);
    assert.deepEqual(await ids({ limit: 2, states: ['complete'] }), []);
    assert.deepEqual(await ids({ limit: 2, jobId: 'none' }), []);
  });

  it('are blocked when the chat is deleted on the phone', async () => {
    const { backfills } = bench.history;
    await backfills.begin('job', [anna, bert]);
    await backfills.claim(anna, 'worker', LEASE_MS);
    await backfills.claim(bert, 'worker', LEASE_MS);
    await backfills.move(bert, 'worker', { state: 'complete' });
    await bench.ingest([
      { kind: 'chat', chat: ANNA_PN, deleted: true },
      { kind: 'chat', chat: BERT_PN, deleted: true },
    ]);
    const row = await backfills.get(anna);
    assert.deepEqual([row?.state, row?.reason, await state(bert)], ['blocked', 'chat-deleted', 'complete']);
    assert.equal(await backfills.move(anna, 'worker', { state: 'awaiting' }), false);
  });
});
