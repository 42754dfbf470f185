import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import { communityShape } from '../account/presets.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { linkWebjs, type WebjsClient } from '../testing/webjs-client.ts';
import { toWid } from './projection/wids.ts';

describe('chats that go away, move or are read on the page', () => {
  let simulator: Simulator;
  let browser: WebjsClient;

  before(async () => {
    simulator = await createSimulator({ shape: communityShape(2, 12, { directChats: 10 }) });
    browser = await linkWebjs(simulator);
  });
  after(async () => {
    await browser?.end();
    await simulator.close();
  });

  const held = (jid: string): Promise<unknown> | undefined =>
    browser.client.pupPage?.evaluate(
      `window.require('WAWebCollections').Chat.get('${toWid(jid)}') !== undefined`,
    );
  const messagesHeld = (jid: string): Promise<unknown> | undefined =>
    browser.client.pupPage?.evaluate(
      `window.require('WAWebCollections').Msg.getModelsArray().filter((m) => String(m.id.remote) === '${toWid(jid)}').length`,
    );

  it('forgets a chat that was deleted on the phone', async () => {
    const { account } = simulator;
    const chat = account.chats().find(({ kind }) => kind === 'direct');
    assert.ok(chat);
    assert.equal(await held(chat.jid), true);
    // The library looks the chat up before it tells, which would open it anew.
    browser.client.getChatById = () => Promise.resolve(undefined as never);
    account.deleteChat({ chat: chat.key, origin: { from: 'phone' } });
    await until(() => browser.events('chat_removed').length > 0, 'removal');
    Reflect.deleteProperty(browser.client, 'getChatById');
    assert.equal(await held(chat.jid), false);
    assert.equal(await messagesHeld(chat.jid), 0);
    assert.equal(account.chatByJid(chat.jid), null);
  });

  it('follows a chat whose other side gets a hidden identity', async () => {
    const { account } = simulator;
    const chat = account.chats().find(({ peer }) => peer !== null && account.person(peer).lid === null);
    assert.ok(chat);
    const moved = account.revealLid({ chat: chat.key });
    assert.ok(moved);
    await until(async () => (await held(moved.jid)) === true, 'chat under its new name');
    assert.equal(await held(chat.jid), false);
    assert.equal(
      await browser.client.pupPage?.evaluate(
        `window.require('WAWebLidMigrationUtils').toPn(window.require('WAWebWidFactory').createWid('${moved.jid}')).toString()`,
      ),
      toWid(chat.jid),
    );
  });

  it('tells each sender in a group once, and shows what others have read', async () => {
    const { account, readMarks } = simulator;
    const unread = account.unread('c0g0');
    await browser.client.sendSeen(account.chat('c0g0').jid);
    const marks = readMarks.of('c0g0');
    assert.deepEqual(new Set(marks.told.flatMap(({ ids }) => ids)), new Set(unread.map(({ id }) => id)));
    assert.equal(marks.told.length, new Set(unread.map(({ sender }) => sender)).size);
    assert.ok(marks.told.every(({ stanzas }) => stanzas === 1));
    assert.deepEqual([marks.unreadCount, marks.repeatedIds, marks.misdirectedIds], [0, [], []]);

    const [first] = account.unread('c0g1');
    assert.ok(first);
    const { jid } = account.chat('c0g1');
    account.readMessages({ chat: 'c0g1', ids: [first.id], origin: { from: 'phone' } });
    await until(async () => (await browser.client.getChatById(jid)).unreadCount === 11, 'smaller count');
  });
});
