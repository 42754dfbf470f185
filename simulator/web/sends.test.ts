import assert from 'node:assert/strict';
import type { Message } from 'whatsapp-web.js';
import { until } from '#kernel/testing/until.ts';
import type { SimChat } from '../account/model.ts';
import { shapeOf } from '../account/presets.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { linkWebjs, type WebjsClient } from '../testing/webjs-client.ts';
import { toWid } from './projection/wids.ts';

const SILENCE_MS = 150;

for (const messageKeys of ['serialized', 'minified'] as const) {
  describe(`sending through the page whose message keys are ${messageKeys}`, () => {
    let simulator: Simulator;
    let browser: WebjsClient;
    let chat: SimChat;

    before(async () => {
      simulator = await createSimulator({ shape: shapeOf('tiny') });
      simulator.web.faults.set({ messageKeys });
      browser = await linkWebjs(simulator);
      const found = simulator.account
        .chats()
        .find(({ kind, jid }) => kind === 'direct' && jid.endsWith('@lid'));
      assert.ok(found);
      chat = found;
    });
    after(async () => {
      await browser?.end();
      await simulator.close();
    });

    const idOf = (words: string): string | undefined => {
      const { size } = simulator.account.chat(chat.key);
      const last = simulator.account.message(chat.key, size - 1);
      return last?.content.type === 'text' && last.content.text === words ? last.id : undefined;
    };
    const acks = (id: string): readonly unknown[] =>
      browser
        .events('message_ack')
        .filter(({ args }) => (args[0] as Message).id.id === id)
        .map(({ args }) => args[1]);

    it('sends under the id that the client made', async () => {
      await browser.client.pupPage?.evaluate(`{
        const keys = window.require('WAWebMsgKey');
        const original = keys.newId;
        keys.newId = async () => { keys.newId = original; return '3EB0C0FFEE0000000001'; };
      }`);
      const sent = await browser.client.sendMessage(toWid(chat.jid), 'mine');
      // The library answers when the page has it; the account hears of it a moment later.
      const id = await until(() => idOf('mine'), 'the message in the account');
      assert.equal(id, '3EB0C0FFEE0000000001');
      if (messageKeys === 'serialized')
        assert.equal(sent.id._serialized, `true_${chat.jid}_3EB0C0FFEE0000000001`);
      // Sent all the same: who repeats it sends twice.
      else assert.equal(sent, undefined);
    });

    it('meets every fate', async () => {
      simulator.faults.nextSends('lost', 'unacknowledged', 'undecryptable');
      await browser.client.sendMessage(toWid(chat.jid), 'lost');
      await browser.client.sendMessage(toWid(chat.jid), 'unacknowledged');
      await browser.client.sendMessage(toWid(chat.jid), 'asked for again');
      await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
      const { mailbox } = simulator.wire;
      assert.ok(!mailbox.all().some(({ text }) => text === 'lost'));
      for (const text of ['unacknowledged', 'asked for again']) {
        assert.equal(mailbox.all().filter((entry) => entry.text === text).length, 2);
      }
      const silent = mailbox.all().find(({ text }) => text === 'unacknowledged')?.id ?? '';
      assert.ok(!acks(silent).includes(1));
      assert.ok(acks(idOf('asked for again') ?? '').includes(1));
    });

    it('names the keys of messages as its generation does', async () => {
      const { id } = simulator.account.receive({ chat: chat.key, content: { type: 'text', text: 'hello' } });
      const heard = await until(
        () =>
          browser
            .events('message')
            .map(({ args }) => args[0] as Message)
            .find((each) => each.id.id === id),
        'message',
      );
      assert.equal(heard.id.id, id);
      // In the page: what arrives here may have gone through somebody's repair of the library.
      const names = await browser.client.pupPage?.evaluate(
        `(({ _serialized = null, $1 = null }) => [_serialized, $1])(
          window.require('WAWebCollections').Msg.getModelsArray().find(({ id }) => id.id === '${id}').id)`,
      );
      const text = `false_${chat.jid}_${id}`;
      assert.deepEqual(names, messageKeys === 'serialized' ? [text, null] : [null, text]);
      if (messageKeys === 'minified') await assert.rejects(browser.client.getChats(), /DataError/);
    });

    it('marks read for the senders only when it is told to, and logs what it does', async () => {
      const { account, web, wire } = simulator;
      account.receive({ chat: chat.key, content: { type: 'text', text: 'one' } });
      account.receive({ chat: chat.key, content: { type: 'text', text: 'two' } });
      web.log.clear();
      const unread = account.chat(chat.key).unreadCount;
      await browser.client.pupPage?.evaluate(
        `window.require('WAWebChatLoadMessages').loadEarlierMsgs({ chat: window.require('WAWebCollections').Chat.get('${chat.jid}') })`,
      );
      await browser.client.sendMessage(toWid(chat.jid), 'unseen', { sendSeen: false });
      assert.deepEqual(web.log.named('send_seen'), []);
      assert.deepEqual(web.log.named('presence'), []);
      assert.equal(account.chat(chat.key).unreadCount, unread);
      assert.equal(await browser.client.sendSeen(toWid(chat.jid)), true);
      assert.equal(account.chat(chat.key).unreadCount, 0);
      const receipt = wire.readReceipts.at(-1);
      assert.equal(receipt?.type, 'read');
      assert.equal(receipt?.ids.length, unread);
      assert.equal(web.log.named('send_seen').length, 1);
      assert.deepEqual(
        web.log.named('presence').map(({ params }) => params),
        [{ available: true }, { available: false }],
      );
    });
  });
}
