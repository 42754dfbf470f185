import assert from 'node:assert/strict';
import type { CommandOutput } from '#engines/contract/command.ts';
import type { HistoryAnchor } from '#engines/contract/message.ts';
import { TandemError } from '#kernel/errors.ts';
import type { SimChat } from '#simulator/account/model.ts';
import type { OnDemandMode } from '#simulator/wire/phone/behaviour.ts';
import { type Bench, createBench } from './testing/bench.ts';

const HISTORY_WAIT_MS = 1_500;
const COMMAND_MS = 20_000;

describe('webjs: history under faults', function () {
  this.timeout(60_000);
  let bench: Bench;
  let chat: SimChat;
  let other: SimChat;

  before(async () => {
    bench = await createBench({
      shape: { messagesPerChat: 300, pushedPerChat: 20 },
      env: { TANDEM_HISTORY_WAIT_MS: String(HISTORY_WAIT_MS) },
    });
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

  /** The oldest message of the chat that the engine has told. */
  function anchorOf(of: SimChat): HistoryAnchor {
    const [oldest] = bench
      .of('message')
      .filter((one) => one.chat === of.jid)
      .toSorted((a, b) => a.sentAt - b.sentAt || indexOf(of, a.id) - indexOf(of, b.id));
    const { id, fromMe, sender, sentAt } = oldest ?? assert.fail('no message');
    return { id, fromMe, sender, sentAt };
  }
  const indexOf = (of: SimChat, id: string) => bench.simulator.account.indexOf(of.key, id) ?? -1;
  const page = (
    of: Pick<SimChat, 'jid'>,
    anchor: HistoryAnchor,
    count = 50,
  ): Promise<CommandOutput<'history.page'>> =>
    bench.engine.commands['history.page']?.(
      { chat: of.jid, anchor, count },
      AbortSignal.timeout(COMMAND_MS),
    ) ?? assert.fail('not offered');
  const fails = async (work: Promise<unknown>): Promise<TandemError> => {
    const thrown = await work.then(
      () => assert.fail('nothing was thrown'),
      (error: unknown) => error,
    );
    assert.ok(thrown instanceof TandemError, String(thrown));
    return thrown;
  };
  const told = (requestId: string) => bench.of('history-page').filter((one) => one.requestId === requestId);
  const asks = (of: SimChat) => bench.simulator.historyRequests.of(of.key);
  for (const mode of ['rate-limited', 'silent', 'empty'] as const satisfies readonly OnDemandMode[]) {
    it(`calls it silence when the phone is ordered to be: ${mode}`, async () => {
      bench.simulator.faults.phone.onDemandByChat = { [chat.key]: mode };
      const answer = await page(chat, anchorOf(chat));
      assert.deepEqual(
        [answer.outcome, answer.messages, answer.end, answer.oldest, answer.seq],
        ['silent', 0, 'unknown', null, null],
      );
      assert.deepEqual(
        asks(chat).map((one) => one.mode),
        [mode],
        'the phone was not asked exactly once',
      );
      assert.deepEqual(told(answer.requestId), []);
    });
  }

  it('is silent where the phone has lost the anchor', async () => {
    bench.simulator.faults.phone.deadAnchorsNext = 1;
    assert.equal((await page(chat, anchorOf(chat))).outcome, 'silent');
    assert.equal(asks(chat)[0]?.outcome, 'dead-anchor');
  });

  it('answers for one chat while the phone is silent for another', async () => {
    bench.simulator.faults.phone.onDemandByChat = { [chat.key]: 'silent' };
    let isSilenceOver = false;
    const silent = page(chat, anchorOf(chat)).finally(() => {
      isSilenceOver = true;
    });
    const before = indexOf(other, anchorOf(other).id);
    const answered = await page(other, anchorOf(other));
    assert.equal(isSilenceOver, false, 'one waited for the other');
    assert.deepEqual([answered.outcome, answered.messages], ['answered', 50]);
    assert.equal(indexOf(other, answered.oldest?.id ?? ''), before - 50);
    assert.equal((await silent).outcome, 'silent');
  });

  it('has at hand what came when nobody waited any more', async () => {
    bench.simulator.faults.phone.onDemandDelayMs = HISTORY_WAIT_MS + 500;
    const anchor = anchorOf(chat);
    assert.equal((await page(chat, anchor)).outcome, 'silent');
    await bench.until(() => asks(chat)[0]?.outcome === 'answered', 'late answer');
    const again = await page(chat, anchor);
    assert.deepEqual([again.outcome, again.messages], ['answered', 50]);
    assert.equal(asks(chat).length, 1, 'the phone was asked twice');
    assert.deepEqual(told(again.requestId)[0]?.before, anchor);
  });

  it('has at hand what came while it was not running', async () => {
    bench.simulator.faults.phone.onDemandDelayMs = HISTORY_WAIT_MS - 500;
    const anchor = anchorOf(chat);
    const waiting = fails(page(chat, anchor));
    await bench.until(() => asks(chat).length === 1, 'request at the phone');
    await bench.restart();
    assert.equal((await waiting).code, 'CONNECTION_LOST');
    await bench.level('ready');
    await bench.until(() => asks(chat)[0]?.outcome === 'answered', 'answer');
    const again = await page(chat, anchor);
    assert.deepEqual([again.outcome, again.messages, asks(chat).length], ['answered', 50, 1]);
  });

  it('is not misled by an answer about another chat', async () => {
    const { phone } = bench.simulator.faults;
    phone.otherChat = other.key;
    phone.onDemandNext = ['other-chat'];
    const strange = await page(chat, anchorOf(chat));
    assert.equal(strange.outcome, 'silent');
    phone.onDemandNext = ['silent'];
    const next = await page(other, anchorOf(other));
    assert.equal(next.messages, 50, 'what came for the other chat is not there');
    assert.equal(told(next.requestId)[0]?.chat, other.jid);
  });

  it('says at once that the connection was lost, and asks again on the next one', async () => {
    bench.simulator.faults.phone.onDemandNext = ['drop'];
    const error = await fails(page(chat, anchorOf(chat)));
    assert.deepEqual([error.code, error.engine], ['CONNECTION_LOST', 'webjs']);
    await bench.level('ready');
    assert.equal((await page(chat, anchorOf(chat))).messages, 50);
  });

  it('takes the word of the phone that nothing older exists', async () => {
    bench.simulator.faults.phone.onDemandNext = ['empty-end'];
    const answer = await page(other, anchorOf(other));
    assert.deepEqual([answer.outcome, answer.messages, answer.end], ['answered', 0, 'start-reached']);
    assert.equal(told(answer.requestId)[0]?.end, 'start-reached');
  });

  it('links the identities of a chat that moves, and pages it under both', async () => {
    const { account } = bench.simulator;
    const moving = account.chats().find(({ peer }) => peer !== null && account.person(peer).lid === null);
    assert.ok(moving);
    const anchor = anchorOf(moving);
    const lid = account.revealLid({ chat: moving.key })?.jid ?? assert.fail('nothing to move');
    const link = await bench.until(
      () => bench.of('identity-link').find(({ pn }) => pn === moving.jid),
      'link of the identities',
    );
    assert.equal(link.lid, lid);
    for (const jid of [moving.jid, lid]) {
      const answer = await page({ jid }, anchor);
      assert.deepEqual([answer.outcome, answer.messages], ['answered', 50]);
      assert.equal(told(answer.requestId)[0]?.chat, lid);
    }
  });

  it('tells that a chat was deleted on the phone, and does not open it anew by looking', async () => {
    const { account } = bench.simulator;
    const [gone, during] = account
      .chats()
      .filter(({ kind, jid }) => kind === 'direct' && jid.endsWith('@lid'));
    assert.ok(gone && during);
    const anchor = anchorOf(gone);
    account.deleteChat({ chat: gone.key, origin: { from: 'phone' } });
    await bench.until(
      () => bench.of('chat').find((one) => one.chat === gone.jid && one.deleted === true),
      'deletion',
    );
    assert.equal((await fails(page(gone, anchor))).code, 'CHAT_NOT_FOUND');
    assert.equal(account.chatByJid(gone.jid), null);
    assert.deepEqual(bench.simulator.web.log.named('find_or_create_chat'), []);

    bench.simulator.faults.phone.onDemandByChat = { [during.key]: 'silent' };
    const waiting = fails(page(during, anchorOf(during)));
    await bench.until(() => asks(during).length === 1, 'request at the phone');
    account.deleteChat({ chat: during.key, origin: { from: 'phone' } });
    assert.equal((await waiting).code, 'CHAT_NOT_FOUND');
  });
});
