import assert from 'node:assert/strict';
import type { Message } from 'whatsapp-web.js';
import { until } from '#kernel/testing/until.ts';
import { mediaBytes } from '../account/media-bytes.ts';
import { ME, type SimChat, type SimContent } from '../account/model.ts';
import { shapeOf } from '../account/presets.ts';
import { sampleMedia } from '../account/sample-media.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { type BaileysClient, linkByQr, trust } from '../testing/baileys-client.ts';
import { linkWebjs, type WebjsClient } from '../testing/webjs-client.ts';
import { toWid } from './projection/wids.ts';

const HELLO: SimContent = { type: 'text', text: 'hello' };

describe('what a page does to messages', () => {
  let simulator: Simulator;
  let browser: WebjsClient;
  let baileys: BaileysClient;
  let direct: SimChat;
  let other: SimChat;
  let ruled: SimChat;
  let plain: SimChat;

  before(async () => {
    simulator = await createSimulator({ shape: shapeOf('tiny', { groups: 8 }) });
    trust(simulator);
    baileys = await linkByQr(simulator);
    browser = await linkWebjs(simulator);
    const chats = simulator.account.chats();
    const mine = ({ group }: SimChat) => group?.members.find(({ person }) => person === ME)?.role;
    const [a, b] = chats.filter(({ kind, jid }) => kind === 'direct' && jid.endsWith('@lid'));
    const groups = chats.filter(({ kind, group }) => kind === 'group' && !group?.announce);
    const c = groups.find((chat) => mine(chat) === 'admin');
    const d = groups.find((chat) => mine(chat) === 'member');
    assert.ok(a && b && c && d);
    [direct, other, ruled, plain] = [a, b, c, d];
  });
  after(async () => {
    await browser?.end();
    await baileys?.end();
    await simulator.close();
  });
  afterEach(() => simulator.faults.reset());

  const says = async (chat: SimChat, content: SimContent = HELLO): Promise<Message> => {
    const writer = chat.group?.members.find(({ person }) => person !== ME)?.person;
    const { id } = simulator.account.receive({
      chat: chat.key,
      content,
      ...(writer === undefined ? {} : { sender: writer }),
    });
    await until(() => baileys.messages().some(({ key }) => key.id === id), 'message at baileys');
    return until(
      () =>
        browser
          .events('message')
          .map(({ args }) => args[0] as Message)
          .find((message) => message.id.id === id),
      'message',
    );
  };
  const stored = (chat: SimChat, message: Message) => simulator.account.messageById(chat.key, message.id.id);
  const receipts = (message: Message) =>
    simulator.wire.mailbox.all().filter(({ targetId }) => targetId === message.id.id);
  const send = (chat: SimChat, text: string) =>
    browser.client.sendMessage(toWid(chat.jid), text, { waitUntilMsgSent: true });

  it('reacts and takes it back; everybody hears of it once', async () => {
    for (const chat of [direct, ruled]) {
      const message = await says(chat);
      const people = chat.group?.members.length ?? 2;
      for (const emoji of ['🎉', '']) {
        await message.react(emoji);
        assert.equal(stored(chat, message)?.reactions.find(({ person }) => person === ME)?.emoji, emoji);
        assert.equal(receipts(message).filter(({ text }) => text === emoji).length, people);
        await until(
          () =>
            baileys
              .events('messages.reaction')
              .flat()
              .some(({ key, reaction }) => key.id === message.id.id && (reaction.text ?? '') === emoji),
          'reaction at baileys',
        );
      }
      assert.equal(browser.events('message_reaction').length > 0, true);
      await message.react('👍');
      const reloaded = await message.reload();
      const [first] = (await reloaded?.getReactions()) ?? [];
      assert.deepEqual([first?.aggregateEmoji, first?.hasReactionByMe], ['👍', true]);
    }
  });

  it('edits an own text', async () => {
    const message = await send(direct, 'befroe');
    const edited = await message.edit('before');
    assert.equal(edited?.body, 'before');
    assert.equal(stored(direct, message)?.revisions.at(-1)?.text, 'before');
    assert.deepEqual(
      receipts(message).map(({ does, text }) => [does, text]),
      [
        ['edit', 'before'],
        ['edit', 'before'],
      ],
    );
    await until(
      () =>
        baileys
          .events('messages.update')
          .flat()
          .some(({ key, update }) => key.id === message.id.id && update.message),
      'edit at baileys',
    );
  });

  it('offers no edit and no revoke after the window, and is refused when it tries all the same', async () => {
    const found = await browser.client.getChatById(toWid(direct.jid));
    const old = (await found.fetchMessages({ limit: 50, fromMe: true })).find(
      ({ type, id }) => type === 'chat' && stored(direct, { id } as Message)?.content.type === 'text',
    );
    assert.ok(old && old.timestamp < simulator.account.world.nowSeconds() - 3_600);
    assert.equal(await old.edit('too late'), null);
    assert.equal(stored(direct, old)?.revisions.at(-1)?.text === 'too late', false);
    simulator.faults.refuseLateChanges(true);
    const result = await browser.client.pupPage?.evaluate(async (id) => {
      const page = globalThis as unknown as { require: (name: string) => Record<string, never> };
      const { Msg } = page.require('WAWebCollections') as unknown as { Msg: { get(id: string): unknown } };
      const { sendMessageEdit } = page.require('WAWebSendMessageEditAction') as unknown as {
        sendMessageEdit(msg: unknown, text: string): Promise<{ messageSendResult: string }>;
      };
      return (await sendMessageEdit(Msg.get(id), 'too late')).messageSendResult;
    }, old.id._serialized);
    assert.equal(result, 'ERROR_UNKNOWN');
    assert.deepEqual(receipts(old), []);
  });

  it("takes an own message back, and as an admin somebody else's", async () => {
    const own = await send(direct, 'regret');
    await own.delete(true);
    assert.equal(stored(direct, own)?.revoked?.by, ME);
    assert.equal(receipts(own).filter(({ does }) => does === 'revoke').length, 2);
    await until(() => browser.events('message_revoke_everyone').length > 0, 'revoke event');
    const theirs = await says(ruled);
    await theirs.delete(true);
    assert.equal(stored(ruled, theirs)?.revoked?.by, ME);
    const untouchable = await says(plain);
    await untouchable.delete(true);
    assert.equal(stored(plain, untouchable)?.revoked, null);
    // The library then deletes it for the owner alone.
    assert.equal(stored(plain, untouchable)?.deletedForMe, true);
  });

  it('deletes for me, and hears when another device does', async () => {
    const message = await says(direct);
    await message.delete(false);
    assert.equal(stored(direct, message)?.deletedForMe, true);
    assert.deepEqual(receipts(message), []);
    await until(() => browser.events('message_revoke_me').length > 0, 'removal');
    assert.equal(await browser.client.getMessageById(message.id._serialized), null);
    await until(
      () =>
        baileys
          .events('messages.delete')
          .some((event) => 'keys' in event && event.keys.some(({ id }) => id === message.id.id)),
      'deletion at baileys',
    );
    const second = await says(direct);
    const before = browser.events('message_revoke_me').length;
    simulator.account.deleteForMe({ chat: direct.key, id: second.id.id, origin: { from: 'phone' } });
    await until(() => browser.events('message_revoke_me').length > before, 'deletion by the phone');
  });

  it('forwards a text and a file; the file is not uploaded again', async () => {
    const file = sampleMedia({ kind: 'document', caption: 'minutes' });
    assert.ok(file.type === 'media');
    const { uploads } = simulator.media.counts;
    for (const content of [{ type: 'text', text: 'pass it on' } as const, file]) {
      const source = await says(direct, content);
      const before = simulator.account.chat(other.key).size;
      await source.forward(toWid(other.jid));
      const copy = simulator.account.message(other.key, before);
      assert.equal(simulator.account.chat(other.key).size, before + 1);
      assert.equal(copy?.forwarded, true);
      assert.deepEqual(copy?.content, stored(direct, source)?.content);
      const got = simulator.wire.mailbox.byId(copy?.id ?? '');
      assert.deepEqual(
        got.map(({ forwarded }) => forwarded),
        [true, true],
      );
      const arrived = await until(
        () => baileys.messages().find(({ key }) => key.id === copy?.id),
        'forward at baileys',
      );
      if (copy?.content.type !== 'media') continue;
      const path = arrived.message?.documentMessage?.directPath ?? '';
      const key = arrived.message?.documentMessage?.mediaKey;
      assert.ok(key);
      const bytes = simulator.media.read(path, key, 'document');
      assert.ok(bytes && mediaBytes(copy.content.media).equals(bytes));
    }
    assert.equal(simulator.media.counts.uploads, uploads);
  });
});
