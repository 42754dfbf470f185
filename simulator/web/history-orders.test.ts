import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import type { HistoryAsk } from '../account/history-requests.ts';
import type { SimChat } from '../account/model.ts';
import { shapeOf } from '../account/presets.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { linkWebjs, type WebjsClient } from '../testing/webjs-client.ts';
import { HISTORY_END } from './disk.ts';
import { toWid } from './projection/wids.ts';

describe('orders about history, as a page meets them', () => {
  let simulator: Simulator;
  let browser: WebjsClient;
  let chat: SimChat;
  let other: SimChat;

  before(async () => {
    const shape = shapeOf('tiny', { messagesPerChat: 300, pushedPerChat: 20 });
    simulator = await createSimulator({ shape });
    browser = await linkWebjs(simulator);
    const [one, two] = simulator.account.chats().filter(({ kind }) => kind === 'group');
    assert.ok(one && two);
    [chat, other] = [one, two];
  });
  afterEach(() => {
    simulator.faults.reset();
    simulator.historyRequests.clear();
  });
  after(async () => {
    await browser?.end();
    await simulator.close();
  });

  /** The library asks once for a chat; the page itself as often as one likes. */
  const ask = async (of: SimChat): Promise<HistoryAsk> => {
    const before = simulator.historyRequests.all().length;
    await browser.client.pupPage?.evaluate(
      `window.require('WAWebSendNonMessageDataRequest').sendPeerDataOperationRequest(3, { chatId: window.require('WAWebWidFactory').createWid('${toWid(of.jid)}') })`,
    );
    return until(() => {
      const asked = simulator.historyRequests.all()[before];
      return asked && asked.outcome !== 'waiting' ? asked : null;
    }, 'decision');
  };
  const floor = (of: SimChat): number =>
    simulator.deliveries.ranges(String(simulator.web.pages()[0]?.device.id), of.key)[0]?.[0] ?? -1;
  const historyEnd = (of: SimChat): Promise<unknown> | undefined =>
    browser.client.pupPage?.evaluate(
      `window.require('WAWebCollections').Chat.get('${toWid(of.jid)}').endOfHistoryTransferType`,
    );

  it('gets nothing from a phone that is silent for the chat, lost the anchor or is cut off by the server', async () => {
    const { phone } = simulator.faults;
    phone.onDemandByChat = { [chat.key]: { mode: 'silent', times: 1 } };
    phone.deadAnchorsNext = 1;
    const before = floor(chat);
    assert.equal((await ask(chat)).outcome, 'silent');
    assert.equal((await ask(chat)).outcome, 'dead-anchor');
    phone.onDemandNext = ['rate-limited'];
    assert.equal((await ask(chat)).outcome, 'refused');
    assert.equal(floor(chat), before);
    assert.equal(await historyEnd(chat), HISTORY_END.moreOnPhone);
  });

  it('gets messages of another chat, the same ones twice, or the word that there are no more', async () => {
    const { phone } = simulator.faults;
    phone.otherChat = other.key;
    phone.onDemandNext = ['other-chat', 'twice', 'empty-end'];
    const [from, otherFrom] = [floor(chat), floor(other)];
    const strange = await ask(chat);
    assert.deepEqual(strange.answer, { chat: other.key, from: otherFrom - 50, to: otherFrom });
    assert.deepEqual([floor(chat), floor(other)], [from, otherFrom - 50]);
    const twice = await ask(chat);
    assert.deepEqual(twice.answer, { chat: chat.key, from: from - 50, to: from });
    await ask(chat);
    await until(async () => (await historyEnd(chat)) === HISTORY_END.nothingMore, 'end');
    assert.equal(floor(chat), from - 50);
    const { asked, answered, repeated } = simulator.historyRequests.countsOf(chat.key);
    assert.deepEqual([asked, answered, repeated], [3, 3, 1]);
    assert.ok(simulator.historyRequests.all().every(({ via, requestId }) => via === 'web' && !requestId));
  });
});
