import assert from 'node:assert/strict';
import type { CommandOutput } from '#engines/contract/command.ts';
import type { HistoryAnchor } from '#engines/contract/message.ts';
import { TandemError } from '#kernel/errors.ts';
import type { SimChat } from '#simulator/account/model.ts';
import { type Bench, createBench } from './testing/bench.ts';

/** Short of what the bench gives a phone that answers, long enough to reach it. */
const GIVES_UP_MS = 300;
const ANSWERS_LATER_MS = 600;

describe('baileys: history under faults', function () {
  this.timeout(30_000);
  let bench: Bench;
  let chat: SimChat;
  let other: SimChat;

  before(async () => {
    bench = await createBench({ messagesPerChat: 130 });
    await bench.synced();
    const [one, two] = bench.simulator.account.chats().filter(({ kind }) => kind === 'group');
    assert.ok(one && two);
    [chat, other] = [one, two];
  });
  afterEach(() => {
    bench.simulator.faults.reset();
    bench.simulator.historyRequests.clear();
  });
  after(() => bench.close());

  function anchorAt(of: SimChat, index: number): HistoryAnchor {
    const { id, fromMe, time } = bench.simulator.account.message(of.key, index) ?? assert.fail('no message');
    return { id, fromMe, sender: null, sentAt: time };
  }
  const idsOf = (of: SimChat, from: number, to: number): ReadonlySet<string> =>
    new Set(Array.from({ length: to - from }, (_, n) => anchorAt(of, from + n).id));
  const page = (of: SimChat, index: number, ms?: number): Promise<CommandOutput<'history.page'>> =>
    bench.run('history.page', { chat: of.jid, anchor: anchorAt(of, index), count: 50 }, ms);
  const fails = async (work: Promise<unknown>): Promise<TandemError> => {
    const thrown = await work.then(
      () => assert.fail('nothing was thrown'),
      (error: unknown) => error,
    );
    assert.ok(thrown instanceof TandemError, String(thrown));
    return thrown;
  };
  const lastAsk = () => bench.simulator.historyRequests.all().at(-1);
  const asked = () => bench.until(lastAsk, 'request at the phone');
  const told = (requestId: string) => bench.of('history-page').filter((one) => one.requestId === requestId);
  const brought = (requestId: string): ReadonlySet<string> =>
    new Set(bench.of('message').flatMap((one) => (one.page === requestId ? [one.id] : [])));

  it('ends at once when the server refuses, and is told to wait longer each time', async () => {
    const { phone } = bench.simulator.faults;
    const before = bench.observations().length;
    phone.onDemandNext = ['rate-limited', 'rate-limited', 'answer', 'rate-limited'];
    const waits: (number | null)[] = [];
    for (const _ of [1, 2]) {
      const error = await fails(page(chat, 100));
      assert.deepEqual([error.code, error.engine], ['RATE_LIMITED', 'baileys']);
      assert.deepEqual(error.details, { reason: 'refused', upstream: '429' });
      waits.push(error.retryAfterSeconds);
    }
    assert.deepEqual(waits, [5, 10]);
    const since = bench.observations().slice(before);
    assert.deepEqual(
      since.filter(({ kind }) => ['message', 'receipt', 'history-page'].includes(kind)),
      [],
      'a refusal became an observation',
    );
    assert.equal((await page(chat, 100)).messages, 50);
    assert.equal((await fails(page(chat, 50))).retryAfterSeconds, 5);
  });

  it('refuses one chat while another is answered', async () => {
    const { phone } = bench.simulator.faults;
    phone.onDemandByChat = { [chat.key]: 'rate-limited', [other.key]: 'answer' };
    phone.onDemandDelayMs = 100;
    const [refused, answered] = await Promise.allSettled([page(chat, 100), page(other, 100)]);
    assert.equal(refused.status === 'rejected' && (refused.reason as TandemError).code, 'RATE_LIMITED');
    assert.equal(answered.status === 'fulfilled' && answered.value.messages, 50);
  });

  it('takes in an answer for which nobody waits any more', async () => {
    bench.simulator.faults.phone.onDemandDelayMs = ANSWERS_LATER_MS;
    const { requestId, outcome } = await page(chat, 100, GIVES_UP_MS);
    assert.equal(outcome, 'silent');
    const late = await bench.until(() => told(requestId)[0], 'late page');
    assert.deepEqual([late.chat, late.messages, late.before], [chat.jid, 50, anchorAt(chat, 100)]);
    assert.deepEqual(brought(requestId), idsOf(chat, 50, 100));
  });

  it('tells a page again that comes again, under the request that it answers', async () => {
    const { requestId } = await page(chat, 100);
    const [first] = told(requestId);
    // While another request waits, which it must not answer.
    bench.simulator.faults.phone.onDemandDelayMs = ANSWERS_LATER_MS;
    const waiting = page(other, 90);
    await asked();
    assert.equal(await bench.simulator.phone.answerAgain(requestId), true);
    await bench.until(() => told(requestId).length === 2, 'page again');
    assert.deepEqual(told(requestId)[1], first);
    const answer = await waiting;
    assert.equal(answer.messages, 50);
    assert.deepEqual(brought(answer.requestId), idsOf(other, 40, 90));
  });

  it('gives each request its own answer when an earlier one comes first', async () => {
    bench.simulator.faults.phone.onDemandNext = ['twice', 'earlier-again'];
    const twice = await page(chat, 60);
    const next = await page(chat, 40);
    assert.deepEqual(brought(next.requestId), idsOf(chat, 0, 40));
    assert.equal(next.end, 'start-reached');
    assert.deepEqual(brought(twice.requestId), idsOf(chat, 10, 60));
    for (const one of told(twice.requestId)) assert.equal(one.messages, 50);
  });

  it('answers with a page about another chat, and says which', async () => {
    const { phone } = bench.simulator.faults;
    phone.otherChat = other.key;
    phone.onDemandNext = ['other-chat'];
    const answer = await page(chat, 80);
    assert.equal(answer.outcome, 'answered');
    const [named] = told(answer.requestId);
    assert.equal(named?.chat, other.jid);
    const chats = new Set(
      bench.of('message').flatMap((one) => (one.page === answer.requestId ? [one.chat] : [])),
    );
    assert.deepEqual([...chats], [other.jid]);
  });

  it('keeps silence, empty pages and the end apart', async () => {
    const { phone } = bench.simulator.faults;
    phone.onDemandNext = ['empty', 'empty-end'];
    phone.deadAnchors = [anchorAt(chat, 77).id];
    const answers = [await page(chat, 80), await page(chat, 80), await page(chat, 77, GIVES_UP_MS)];
    assert.deepEqual(
      answers.map(({ outcome, messages, end }) => [outcome, messages, end]),
      [
        ['answered', 0, 'unknown'],
        ['answered', 0, 'start-reached'],
        ['silent', 0, 'unknown'],
      ],
    );
    assert.deepEqual(told(answers[2]?.requestId ?? ''), []);
  });

  it('says at once that the connection was lost, and asks again on the next one', async () => {
    bench.simulator.faults.phone.onDemandNext = ['drop'];
    const error = await fails(page(chat, 100));
    assert.deepEqual([error.code, error.engine], ['CONNECTION_LOST', 'baileys']);
    await bench.level('ready');
    assert.equal((await page(chat, 100)).messages, 50);
  });

  it('takes in what is answered on the next connection', async () => {
    const { faults } = bench.simulator;
    faults.phone.onDemandDelayMs = ANSWERS_LATER_MS;
    const waiting = fails(page(chat, 70));
    const { requestId } = await asked();
    assert.equal(faults.drop(), 1);
    assert.equal((await waiting).code, 'CONNECTION_LOST');
    const late = await bench.until(() => told(requestId ?? '')[0], 'page on the next connection');
    assert.deepEqual([late.messages, late.before], [50, anchorAt(chat, 70)]);
  });

  it('takes in what was answered while it was not running, without knowing what it had asked from', async () => {
    bench.simulator.faults.phone.onDemandDelayMs = GIVES_UP_MS;
    const waiting = fails(page(chat, 90));
    const { requestId } = await asked();
    await bench.restart(async () => {
      await bench.until(() => lastAsk()?.outcome === 'answered', 'answer into the queue');
    });
    assert.equal((await waiting).code, 'CONNECTION_LOST');
    const late = await bench.until(() => told(requestId ?? '')[0], 'page from the queue');
    assert.deepEqual([late.messages, late.before, late.oldest?.id], [50, null, anchorAt(chat, 40).id]);
    assert.deepEqual(brought(requestId ?? ''), idsOf(chat, 40, 90));
    await bench.level('ready');
  });

  it('links the identities of a chat that moves, and pages it under both', async () => {
    const { account } = bench.simulator;
    const moving = account.chats().find(({ peer }) => peer !== null && account.person(peer).lid === null);
    assert.ok(moving);
    const anchor = anchorAt(moving, 60);
    const lid = account.revealLid({ chat: moving.key })?.jid ?? assert.fail('nothing to move');
    const link = await bench.until(
      () => bench.of('identity-link').find(({ pn }) => pn === moving.jid),
      'link of the identities',
    );
    assert.deepEqual([link.lid, link.source], [lid, 'event']);
    for (const jid of [moving.jid, lid]) {
      const answer = await bench.run('history.page', { chat: jid, anchor, count: 50 });
      assert.equal(answer.messages, 50);
      assert.equal(told(answer.requestId)[0]?.chat, lid);
      assert.deepEqual(brought(answer.requestId), idsOf(moving, 10, 60));
    }
  });

  it('tells that a chat was deleted on the phone, and hears nothing of it any more', async () => {
    const { account } = bench.simulator;
    const gone = account.chats().findLast(({ kind }) => kind === 'direct') ?? assert.fail('no chat');
    const anchor = anchorAt(gone, 60);
    account.deleteChat({ chat: gone.key, origin: { from: 'phone' } });
    await bench.until(
      () => bench.of('chat').find((one) => one.chat === gone.jid && one.deleted === true),
      'deletion',
    );
    const answer = await bench.run('history.page', { chat: gone.jid, anchor, count: 50 }, GIVES_UP_MS);
    assert.equal(answer.outcome, 'silent');
  });
});
