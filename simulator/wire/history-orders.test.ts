import assert from 'node:assert/strict';
import { downloadAndProcessHistorySyncNotification, type proto } from '@whiskeysockets/baileys';
import { until } from '#kernel/testing/until.ts';
import type { HistoryAsk } from '../account/history-requests.ts';
import type { SimChat } from '../account/model.ts';
import { shapeOf } from '../account/presets.ts';
import { createFixedWorld } from '../account/world.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { type BaileysClient, linkByQr, trust } from '../testing/baileys-client.ts';
import { answerDelayMs } from './phone/on-demand-rules.ts';

const ON_DEMAND = 6;
const NOTHING_OLDER = 1;
const RATE_LIMITED = '429';
const STATUS_ERROR = 0;

describe('orders about history, as a real Baileys meets them', () => {
  let simulator: Simulator;
  let client: BaileysClient;
  let chat: SimChat;
  let other: SimChat;

  before(async () => {
    const shape = shapeOf('tiny', { messagesPerChat: 130 });
    simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
    trust(simulator);
    client = await linkByQr(simulator, {
      shouldSyncHistoryMessage: ({ syncType }) => syncType !== ON_DEMAND,
    });
    await until(() => client.messages().length >= simulator.oracle.counts().pushed, 'pushed history');
    const [one, two] = simulator.account.chats();
    assert.ok(one && two);
    [chat, other] = [one, two];
  });
  afterEach(() => {
    simulator.faults.reset();
    simulator.historyRequests.clear();
  });
  after(async () => {
    await client.end();
    await simulator.close();
  });

  const answersTo = (requestId: string): readonly proto.Message.IHistorySyncNotification[] =>
    client
      .events('messages.upsert')
      .flatMap(({ messages }) => messages)
      .flatMap(({ message }) => message?.protocolMessage?.historySyncNotification ?? [])
      .filter((notification) => notification.peerDataRequestSessionId === requestId);

  const ask = (of: SimChat, index: number, count = 50): Promise<string> => {
    const anchor = simulator.account.message(of.key, index);
    assert.ok(anchor);
    const key = { remoteJid: of.jid, id: anchor.id, fromMe: anchor.fromMe };
    return client.socket.fetchMessageHistory(count, key, anchor.time * 1_000);
  };
  const page = async (requestId: string) => {
    const notification = await until(() => answersTo(requestId)[0], 'history page');
    const { chats, messages } = await downloadAndProcessHistorySyncNotification(notification, {});
    return { chat: chats[0], messages, ids: messages.map(({ key }) => key.id) };
  };
  /** What the account says about a request, once it has decided. */
  const fateOf = (requestId: string): Promise<HistoryAsk> =>
    until(() => {
      const found = simulator.historyRequests.all().find((one) => one.requestId === requestId);
      return found?.outcome !== 'waiting' && found;
    }, 'decision on the request');
  const idOf = (of: SimChat, index: number): string => simulator.account.message(of.key, index)?.id ?? '';

  it('is silent for one chat, and for a while', async () => {
    const { phone } = simulator.faults;
    phone.onDemandByChat = { [chat.key]: 'silent', [other.key]: { mode: 'silent', times: 2 } };
    for (const each of [chat, other, other])
      assert.equal((await fateOf(await ask(each, 100))).outcome, 'silent');
    assert.equal((await page(await ask(other, 100))).ids.length, 50);
    assert.equal((await fateOf(await ask(chat, 100))).outcome, 'silent');
    phone.onDemandByChat = {};
    phone.onDemandNext = ['silent'];
    assert.equal((await fateOf(await ask(chat, 100))).outcome, 'silent');
    assert.equal((await page(await ask(chat, 100))).ids.length, 50);
  });

  it('does not know dead anchors, and answers to others', async () => {
    const { phone } = simulator.faults;
    phone.deadAnchors = [idOf(chat, 100)];
    phone.deadAnchorsNext = 1;
    assert.equal((await fateOf(await ask(chat, 100))).outcome, 'dead-anchor');
    // The next one that comes dies too, and stays dead.
    for (const _ of [1, 2]) assert.equal((await fateOf(await ask(chat, 101))).outcome, 'dead-anchor');
    assert.equal((await page(await ask(chat, 102))).ids.length, 50);
  });

  it('gives empty pages that claim the end, and empty pages that claim nothing', async () => {
    simulator.faults.phone.onDemandNext = ['empty', 'empty-end'];
    const nothing = await page(await ask(chat, 100));
    const end = await page(await ask(chat, 100));
    assert.deepEqual([nothing.ids, end.ids], [[], []]);
    assert.deepEqual([nothing.chat?.id, end.chat?.id], [chat.jid, chat.jid]);
    assert.notEqual(nothing.chat?.endOfHistoryTransferType, NOTHING_OLDER);
    assert.equal(end.chat?.endOfHistoryTransferType, NOTHING_OLDER);
  });

  it('answers about another chat than the one it was asked for', async () => {
    const { phone } = simulator.faults;
    phone.onDemandNext = ['other-chat', 'other-chat'];
    const neighbour = await page(await ask(chat, 100));
    assert.equal(neighbour.chat?.id, other.jid);
    assert.ok(neighbour.messages.every(({ key }) => key.remoteJid === other.jid));
    assert.equal(neighbour.ids[0], idOf(other, other.pushedFrom - 1));
    const named = simulator.account.chats().find(({ kind }) => kind === 'linked-group');
    assert.ok(named);
    phone.otherChat = named.key;
    const requestId = await ask(chat, 100);
    assert.equal((await page(requestId)).chat?.id, named.jid);
    assert.equal((await fateOf(requestId)).answer?.chat, named.key);
  });

  it('delivers an answer twice, one from before once more, and any again on command', async () => {
    simulator.faults.phone.onDemandNext = ['twice', 'earlier-again'];
    const first = await ask(chat, 100);
    await until(() => answersTo(first).length === 2, 'second delivery');
    const second = await ask(chat, 90);
    await page(second);
    assert.equal(answersTo(first).length, 3);
    assert.equal(answersTo(second).length, 1);
    assert.equal(await simulator.phone.answerAgain(first), true);
    await until(() => answersTo(first).length === 4, 'late delivery');
    assert.equal(await simulator.phone.answerAgain(), true);
    await until(() => answersTo(second).length === 2, 'late delivery of the last one');
    assert.equal(await simulator.phone.answerAgain('never asked'), false);
    assert.equal((await fateOf(first)).deliveries, 4);
  });

  it('is rate limited: the promise resolves, and messages.update tells the error afterwards', async () => {
    simulator.faults.phone.onDemandNext = ['rate-limited', 'rate-limited'];
    const refused = [await ask(chat, 100), await ask(other, 100)];
    for (const id of refused) {
      const { update } = await until(
        () =>
          client
            .events('messages.update')
            .flat()
            .find(({ key }) => key.id === id),
        'error',
      );
      assert.equal(update.status, STATUS_ERROR);
      assert.deepEqual(update.messageStubParameters, [RATE_LIMITED]);
      assert.equal((await fateOf(id)).outcome, 'refused');
    }
    assert.equal((await page(await ask(chat, 100))).ids.length, 50);
  });

  it('makes requests wait, each for another time', async () => {
    const { phone } = simulator.faults;
    Object.assign(phone, { onDemandDelayMs: 60, onDemandJitterMs: 20 });
    const waits = Array.from({ length: 50 }, (_, request) => answerDelayMs(phone, request));
    assert.ok(waits.every((wait) => wait >= 60 && wait <= 80));
    assert.ok(new Set(waits).size > 5);
    const requestId = await ask(chat, 100);
    assert.equal((await page(requestId)).ids.length, 50);
  });

  it('counts what was asked and answered, and knows pages that were fetched twice', async () => {
    const { historyRequests } = simulator;
    simulator.faults.phone.onDemandNext = ['silent'];
    await fateOf(await ask(chat, 100));
    for (const anchor of [100, 50, 50]) await page(await ask(chat, anchor, 50));
    const [silent, first] = historyRequests.of(chat.key);
    assert.equal(silent?.outcome, 'silent');
    assert.deepEqual(
      [first?.via, first?.device, first?.anchorId, first?.count, first?.answer],
      ['wire', 1, idOf(chat, 100), 50, { chat: chat.key, from: 50, to: 100 }],
    );
    const expected = { chat: chat.key, asked: 4, answered: 3, repeated: 1, messages: 150 };
    assert.deepEqual(historyRequests.countsOf(chat.key), expected);
    assert.deepEqual(historyRequests.counts(), [expected]);
  });
});
