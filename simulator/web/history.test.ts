import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import type { SimChat } from '../account/model.ts';
import { shapeOf } from '../account/presets.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { linkWebjs, type WebjsClient } from '../testing/webjs-client.ts';
import { HISTORY_END } from './disk.ts';
import { toWid } from './projection/wids.ts';

const SILENCE_MS = 150;

describe('older messages on the page', () => {
  let simulator: Simulator;
  let browser: WebjsClient;
  let chat: SimChat;

  before(async () => {
    const shape = shapeOf('tiny', { messagesPerChat: 140, pushedPerChat: 45 });
    simulator = await createSimulator({ shape });
    browser = await linkWebjs(simulator);
    const found = simulator.account.chats().find(({ kind }) => kind === 'direct');
    assert.ok(found);
    chat = found;
  });
  afterEach(() => simulator.wire.faults.reset());
  after(async () => {
    await browser?.end();
    await simulator.close();
  });

  // The library's own order is arbitrary within a second.
  const same = (found: readonly string[], expected: readonly string[]): void => {
    assert.equal(found.length, expected.length);
    assert.deepEqual(new Set(found), new Set(expected));
  };
  const fetch = async (of: SimChat, limit?: number): Promise<readonly string[]> => {
    const found = await browser.client.getChatById(toWid(of.jid));
    const messages = await found.fetchMessages(limit === undefined ? {} : { limit });
    return messages.map(({ id }) => id.id);
  };
  const idsFrom = (of: SimChat, from: number): readonly string[] =>
    Array.from({ length: of.size - from }, (_, n) => simulator.account.message(of.key, from + n)?.id ?? '');
  const historyEnd = (of: SimChat): Promise<number | undefined> | undefined =>
    browser.client.pupPage?.evaluate(
      `window.require('WAWebCollections').Chat.get('${toWid(of.jid)}').endOfHistoryTransferType`,
    ) as Promise<number | undefined> | undefined;
  const endIs = (of: SimChat, end: number) =>
    until(async () => (await historyEnd(of)) === end, `state ${end}`);

  it('reaches every message through memory, disk and phone', async () => {
    same(await fetch(chat), idsFrom(chat, chat.size - 25));
    same(await fetch(chat, 35), idsFrom(chat, chat.size - 35));
    same(await fetch(chat, 1_000), idsFrom(chat, chat.pushedFrom));
    assert.equal(await historyEnd(chat), HISTORY_END.moreOnPhone);
    assert.equal(await browser.client.syncHistory(toWid(chat.jid)), true);
    await endIs(chat, HISTORY_END.moreAfterRequest);
    same(await fetch(chat, 1_000), idsFrom(chat, chat.pushedFrom - 50));
    // The library asks only while the model says 0; the page itself answers for as long as there is more.
    assert.equal(await browser.client.syncHistory(toWid(chat.jid)), false);
    await browser.client.pupPage?.evaluate(
      `window.require('WAWebSendNonMessageDataRequest').sendPeerDataOperationRequest(3, { chatId: window.require('WAWebWidFactory').createWid('${toWid(chat.jid)}') })`,
    );
    await endIs(chat, HISTORY_END.nothingMore);
    same(await fetch(chat, 1_000), idsFrom(chat, 0));
    const device = String(simulator.web.pages()[0]?.device.id);
    assert.deepEqual(simulator.deliveries.ranges(device, chat.key), [[0, chat.size]]);
  });

  it('keeps what it got over a reload, and the rest of the account to itself', async () => {
    const before = browser.events('ready').length;
    simulator.web.faults.reload();
    await until(() => browser.events('ready').length > before, 'ready');
    same(await fetch(chat), idsFrom(chat, chat.size - 25));
    same(await fetch(chat, 1_000), idsFrom(chat, 0));
    const other = simulator.account.chats().find((each) => each.kind === 'direct' && each.key !== chat.key);
    assert.ok(other);
    same(await fetch(other, 1_000), idsFrom(other, other.pushedFrom));
  });

  it('gets nothing from a silent phone, a slow one takes its time, and some chats stay on the phone', async () => {
    const [silent, slow, closed] = simulator.account.chats().filter(({ kind }) => kind === 'group');
    assert.ok(silent && slow && closed);
    const { phone } = simulator.faults;
    phone.onDemand = 'silent';
    assert.equal(await browser.client.syncHistory(silent.jid), true);
    await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
    assert.equal(await historyEnd(silent), HISTORY_END.moreOnPhone);
    phone.onDemand = 'answer';
    phone.onDemandDelayMs = SILENCE_MS;
    const asked = Date.now();
    assert.equal(await browser.client.syncHistory(slow.jid), true);
    assert.equal((await fetch(slow, 1_000)).length, slow.size - slow.pushedFrom);
    await endIs(slow, HISTORY_END.moreAfterRequest);
    assert.ok(Date.now() - asked >= SILENCE_MS);
    simulator.web.faults.set({ phoneOnlyChats: [closed.key] });
    assert.equal(await browser.client.syncHistory(closed.jid), true);
    await endIs(closed, HISTORY_END.noAccess);
    assert.equal((await fetch(closed, 1_000)).length, closed.size - closed.pushedFrom);
  });

  it('says that history is incomplete while the phone is still sending it', async () => {
    simulator.faults.phone.paused = true;
    const second = await linkWebjs(simulator);
    const limit = 1_000;
    const one = await (await second.client.getChatById(toWid(chat.jid))).fetchMessages({ limit });
    assert.equal(one.length, 1);
    assert.equal(await second.client.syncHistory(toWid(chat.jid)), false);
    simulator.faults.phone.paused = false;
    await until(async () => {
      const found = await second.client.getChatById(toWid(chat.jid));
      return (await found.fetchMessages({ limit })).length === chat.size - chat.pushedFrom;
    }, 'pushed history');
    await second.end();
  });
});
