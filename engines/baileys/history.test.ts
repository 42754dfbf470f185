import assert from 'node:assert/strict';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { CommandOutput } from '#engines/contract/command.ts';
import type { HistoryAnchor } from '#engines/contract/message.ts';
import { observationSchema } from '#engines/contract/observation.ts';
import { type Bench, createBench } from './testing/bench.ts';
import { canonicalOf, chatDifferences, differences, fold } from './testing/fold.ts';

describe('baileys: history', () => {
  let bench: Bench;
  const me = () => bench.engine.status().account?.lid ?? '';
  before(async () => {
    bench = await createBench();
    await bench.synced();
  });
  after(() => bench.close());

  /** Anchor of the oldest message of a chat in the outbox, as a consumer would find it. */
  function anchorOf(chat: string): { chat: string; anchor: HistoryAnchor } {
    const canonical = canonicalOf(bench.observations());
    const [oldest] = bench
      .of('message')
      .filter((one) => canonical(one.chat) === chat)
      .toSorted((a, b) => a.sentAt - b.sentAt);
    if (oldest === undefined) throw new Error('no message');
    const { id, fromMe, sender, sentAt } = oldest;
    return { chat: oldest.chat, anchor: { id, fromMe, sender, sentAt } };
  }

  function page(
    input: { chat: string; anchor: HistoryAnchor },
    count = 50,
  ): Promise<CommandOutput<'history.page'>> {
    const run = bench.engine.commands['history.page'];
    if (run === undefined) throw new Error('not offered');
    return run({ ...input, count }, AbortSignal.timeout(5_000));
  }

  it('brings all that the phone pushes, as it is in the account', () => {
    const { oracle } = bench.simulator;
    const pushed = [...oracle.messages()].filter((message) => message.pushed);
    assert.ok(pushed.length > 100);
    assert.deepEqual(differences(fold(bench.observations()), pushed, me()), []);
  });

  it('tells chats, names, groups and identities', () => {
    const { account } = bench.simulator;
    assert.deepEqual(chatDifferences(bench.observations(), account.chats()), []);
    for (const chat of account.chats()) {
      if (chat.group !== null) {
        const group = bench.of('group').findLast((one) => one.group.jid === chat.jid)?.group;
        assert.equal(group?.subject, chat.group.subject);
        assert.equal(group.members?.length, chat.group.members.length);
      }
    }
    for (const person of account.people()) {
      if (person.bookName === null) continue;
      const names = bench
        .of('contact')
        .filter((one) => one.jid === person.lid || one.jid === person.pn)
        .map((one) => one.name);
      assert.ok(names.includes(person.bookName), person.key);
    }
  });

  it('says only what the contract allows', () => {
    for (const one of bench.observations()) assert.ok(observationSchema.safeParse(one).success);
  });

  it('pages every chat back to its start', async function () {
    this.timeout(30_000);
    const { account, oracle } = bench.simulator;
    for (const { canonicalJid, size } of account.chats()) {
      // The parent of a community holds no messages, so it has no anchor.
      if (size === 0) continue;
      let end = 'unknown';
      let pages = 0;
      while (end !== 'start-reached') {
        const answer = await page(anchorOf(canonicalJid));
        assert.equal(answer.outcome, 'answered');
        const told = bench.of('history-page').find((one) => one.requestId === answer.requestId);
        assert.deepEqual([told?.messages, told?.end], [answer.messages, answer.end]);
        const brought = bench.of('message').filter((one) => one.page === answer.requestId);
        assert.equal(brought.length, answer.messages);
        if (answer.oldest !== null) {
          const oldest = answer.oldest;
          assert.ok(brought.every((one) => one.sentAt >= oldest.sentAt));
        }
        end = answer.end;
        pages += 1;
        assert.ok(pages < 10, 'never ends');
      }
    }
    assert.deepEqual(differences(fold(bench.observations()), oracle.messages(), me()), []);
  });

  it('keeps its session with the phone small, however many pages came', async () => {
    // Each change of direction makes a chain, and by now there were more than this many pages.
    const db = new Database(join(bench.engineDir, 'session.db'), { readonly: true });
    const rows = db.prepare<[], { value: string }>(`SELECT value FROM auth WHERE type = 'session'`).all();
    db.close();
    const chains = rows.map(({ value }) => value.split('chainKey').length - 1);
    assert.ok(chains.length > 0);
    assert.ok(Math.max(...chains) <= 12, `a session of ${Math.max(...chains)} chains`);
    const pages = bench.of('history-page').length;
    assert.ok(pages > 20, `only ${pages} pages`);
  });

  it('gives the same page again when asked again', async () => {
    const [chat] = bench.simulator.account.chats();
    if (chat === undefined) throw new Error('no chat');
    const newest = bench
      .of('message')
      .findLast(
        (one) => canonicalOf(bench.observations())(one.chat) === chat.canonicalJid && one.via === 'push',
      );
    if (newest === undefined) throw new Error('no message');
    const { id, fromMe, sender, sentAt } = newest;
    const input = { chat: newest.chat, anchor: { id, fromMe, sender, sentAt } };
    const [first, second] = [await page(input, 5), await page(input, 5)];
    assert.equal(first.messages, 5);
    assert.deepEqual({ ...second, requestId: '', seq: 0 }, { ...first, requestId: '', seq: 0 });
  });

  it('correlates by request when the phone answers under the other identity', async () => {
    const chat = bench.simulator.account
      .chats()
      .find((one) => one.kind === 'direct' && one.jid.endsWith('@lid') && one.historySize > 12);
    if (chat === undefined) throw new Error('no chat with both identities');
    bench.simulator.faults.phone.onDemand = 'other-identity';
    const all = [...bench.simulator.oracle.messages(chat.key)];
    const last = all.at(-1);
    if (last === undefined) throw new Error('no message');
    const anchor = {
      id: last.id,
      fromMe: last.fromMe,
      sender: last.fromMe ? null : chat.jid,
      sentAt: last.timeSeconds,
    };
    const answer = await page({ chat: chat.jid, anchor }, 3);
    bench.simulator.faults.phone.onDemand = 'answer';
    assert.equal(answer.messages, 3);
  });

  it('takes silence and an empty page for no proof', async () => {
    const { phone } = bench.simulator.faults;
    const [chat] = bench.simulator.account.chats();
    if (chat === undefined) throw new Error('no chat');
    const input = anchorOf(chat.canonicalJid);
    phone.onDemand = 'empty';
    assert.equal((await page(input)).end, 'unknown');
    phone.onDemand = 'silent';
    const run = bench.engine.commands['history.page'];
    const waiting = run?.({ ...input, count: 5 }, AbortSignal.timeout(300));
    await assert.rejects(page(input), { code: 'RATE_LIMITED' });
    assert.equal((await waiting)?.outcome, 'silent');
    phone.onDemand = 'answer';
  });
});

describe('baileys: history by the media host', () => {
  it('is downloaded', async function () {
    this.timeout(20_000);
    const bench = await createBench();
    try {
      bench.simulator.faults.phone.delivery = 'media';
      await bench.synced();
      const pushed = [...bench.simulator.oracle.messages()].filter((message) => message.pushed);
      const me = bench.engine.status().account?.lid ?? '';
      assert.deepEqual(differences(fold(bench.observations()), pushed, me), []);
    } finally {
      await bench.close();
    }
  });
});
