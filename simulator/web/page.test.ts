import assert from 'node:assert/strict';
import type { Message } from 'whatsapp-web.js';
import { until } from '#kernel/testing/until.ts';
import { ME } from '../account/model.ts';
import { shapeOf } from '../account/presets.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { linkWebjs, type WebjsClient } from '../testing/webjs-client.ts';
import { toWid } from './projection/wids.ts';

describe('a real whatsapp-web.js on the page', () => {
  let simulator: Simulator;
  let browser: WebjsClient;

  before(async () => {
    simulator = await createSimulator({ shape: shapeOf('tiny') });
    browser = await linkWebjs(simulator);
  });
  after(async () => {
    await browser?.end();
    await simulator.close();
  });

  it('knows who it is', async () => {
    const own = simulator.account.person(ME);
    assert.equal(browser.client.info.wid._serialized, own.pn?.replace('@s.whatsapp.net', '@c.us'));
    assert.equal(browser.client.info.pushname, own.pushName);
    assert.equal(await browser.client.getState(), 'CONNECTED');
    assert.equal(browser.events('ready').length, 1);
  });

  it('lists every chat', async () => {
    const chats = await browser.client.getChats();
    assert.equal(chats.length, simulator.account.chats().length);
    const byId = new Map(chats.map((chat) => [chat.id._serialized, chat]));
    for (const chat of simulator.oracle.chats()) {
      const jid = simulator.account.chat(chat.chatKey).jid;
      const found = byId.get(jid.replace('@s.whatsapp.net', '@c.us'));
      assert.equal(found?.name, chat.name ?? found?.name);
      assert.equal(found?.isGroup, chat.kind !== 'direct');
      assert.equal(found?.archived, chat.archived);
      if (!chat.markedUnread) assert.equal(found?.unreadCount, chat.unreadCount);
    }
  });

  it('fetches messages from memory and from disk', async () => {
    const { account } = simulator;
    const chat = account.chats().find(({ kind, pushedFrom }) => kind === 'direct' && pushedFrom > 0);
    assert.ok(chat);
    const found = await browser.client.getChatById(toWid(chat.jid));
    const messages = await found.fetchMessages({ limit: 500 });
    const expected = [];
    for (let index = chat.pushedFrom; index < chat.size; index++) {
      expected.push(account.message(chat.key, index)?.id);
    }
    assert.deepEqual(
      messages.map(({ id }) => id.id),
      expected,
    );
  });

  it('hears what is said live', async () => {
    const { account } = simulator;
    const direct = account.chats().find(({ kind, jid }) => kind === 'direct' && jid.endsWith('@lid'));
    const group = account
      .chats()
      .find(({ group }) => group?.addressing === 'lid' && group.members.length > 1);
    assert.ok(direct && group);
    const one = account.receive({ chat: direct.key, content: { type: 'text', text: 'hello there' } });
    const writer = group.group?.members.find(({ person }) => person !== ME)?.person;
    assert.ok(writer);
    const two = account.receive({
      chat: group.key,
      sender: writer,
      content: { type: 'text', text: 'hi all' },
    });
    const own = account.sendFromPhone({
      chat: direct.key,
      content: { type: 'text', text: 'from the phone' },
    });
    const heard = (name: string, id: string): Message | undefined =>
      browser
        .events(name)
        .map(({ args }) => args[0] as Message)
        .find((message) => message.id.id === id);
    const first = await until(() => heard('message', one.id), 'message');
    assert.equal(first.from, direct.jid);
    assert.equal(first.body, 'hello there');
    const second = await until(() => heard('message', two.id), 'group message');
    assert.equal(second.author, account.person(writer).lid);
    const third = await until(() => heard('message_create', own.id), 'own message');
    assert.equal(third.fromMe, true);
    assert.equal(third.to, direct.jid);
  });

  it('sends text, which everybody gets once, and hears the acknowledgements', async () => {
    const { account, wire } = simulator;
    const chat = account.chats().find(({ kind, jid }) => kind === 'direct' && jid.endsWith('@lid'));
    assert.ok(chat?.peer);
    const sent = await browser.client.sendMessage(toWid(chat.jid), 'from the page', {
      waitUntilMsgSent: true,
    });
    assert.equal(sent.id.remote, chat.jid);
    const stored = account.messageById(chat.key, sent.id.id);
    assert.deepEqual(stored?.content, { type: 'text', text: 'from the page' });
    assert.equal(stored?.fromMe, true);
    assert.equal(wire.mailbox.byId(sent.id.id).length, 2);
    await until(
      () =>
        browser
          .events('message_ack')
          .some(({ args }) => (args[0] as Message).id.id === sent.id.id && args[1] === 3),
      'read receipt',
    );
  });
});
