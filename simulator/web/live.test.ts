import assert from 'node:assert/strict';
import type { Message, Reaction } from 'whatsapp-web.js';
import { until } from '#kernel/testing/until.ts';
import type { SimChat } from '../account/model.ts';
import { ME } from '../account/model.ts';
import { shapeOf } from '../account/presets.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { type BaileysClient, linkByQr, trust } from '../testing/baileys-client.ts';
import { linkWebjs, type WebjsClient } from '../testing/webjs-client.ts';
import { toWid } from './projection/wids.ts';

describe('one account behind the page, the phone and a Baileys', () => {
  let simulator: Simulator;
  let browser: WebjsClient;
  let baileys: BaileysClient;
  let direct: SimChat;
  let group: SimChat;

  before(async () => {
    simulator = await createSimulator({ shape: shapeOf('tiny') });
    trust(simulator);
    baileys = await linkByQr(simulator);
    browser = await linkWebjs(simulator);
    const chats = simulator.account.chats();
    const isOpen = ({ group: info }: SimChat) =>
      info?.addressing === 'lid' && !info.announce && info.members.length > 1;
    const found = [
      chats.find(({ kind, jid }) => kind === 'direct' && jid.endsWith('@lid')),
      chats.find(isOpen),
    ];
    assert.ok(found[0] && found[1]);
    [direct, group] = [found[0], found[1]];
  });
  after(async () => {
    await browser?.end();
    await baileys?.end();
    await simulator.close();
  });

  const text = (words: string) => ({ type: 'text', text: words }) as const;
  const heard = (name: string, id: string): readonly (readonly unknown[])[] =>
    browser
      .events(name)
      .map(({ args }) => args)
      .filter(([message]) => (message as Message).id.id === id);

  it('brings what a Baileys sends to the page as an own message', async () => {
    const sent = await baileys.socket.sendMessage(direct.jid, { text: 'from the other engine' });
    const id = sent?.key.id ?? '';
    const [[message]] = await until(() => {
      const found = heard('message_create', id);
      return found.length > 0 && (found as readonly [readonly [Message]]);
    }, 'own message');
    assert.equal(message.fromMe, true);
    assert.equal(message.to, direct.jid);
    assert.equal(heard('message', id).length, 0);
  });

  it('brings what the page sends to the Baileys, the phone and the other side', async () => {
    for (const chat of [direct, group]) {
      const sent = await browser.client.sendMessage(chat.jid, `to ${chat.kind}`, { sendSeen: false });
      const { id } = sent.id;
      const seen = await until(() => baileys.messages().find(({ key }) => key.id === id), 'copy');
      assert.equal(seen.key.fromMe, true);
      assert.equal(seen.key.remoteJid, chat.jid);
      const members = chat.group?.members.length ?? 2;
      assert.equal(simulator.wire.mailbox.byId(id).length, members);
      assert.equal(simulator.account.messageById(chat.key, id)?.fromMe, true);
    }
  });

  it('answers to a number in the space of the hidden identity', async () => {
    const { pn } = simulator.account.person(direct.peer ?? '');
    assert.ok(pn);
    const sent = await browser.client.sendMessage(toWid(pn), 'to the number');
    assert.equal(sent.to, direct.jid);
    assert.equal(sent.id._serialized, `true_${direct.jid}_${sent.id.id}`);
    assert.equal(simulator.web.log.named('find_or_create_chat').at(-1)?.chat, toWid(pn));
  });

  it('quotes, mentions and refuses where only admins may write', async () => {
    const { account } = simulator;
    const message = account.receive({ chat: direct.key, content: text('question?') });
    const [[asked]] = await until(() => {
      const found = heard('message', message.id);
      return found.length > 0 && (found as readonly [readonly [Message]]);
    }, 'question');
    const reply = await asked.reply('answer!');
    assert.equal(account.messageById(direct.key, reply.id.id)?.quote?.id, message.id);
    assert.equal(reply.hasQuotedMsg, true);
    const member = group.group?.members.find(({ person }) => person !== ME)?.person ?? '';
    const mentions = [account.person(member).lid ?? ''];
    const call = await browser.client.sendMessage(group.jid, 'look here', { mentions });
    assert.deepEqual(account.messageById(group.key, call.id.id)?.mentions, [member]);
    const closed = account
      .chats()
      .find(
        ({ group: info }) =>
          info?.announce && info.members.some((m) => m.person === ME && m.role === 'member'),
      );
    if (!closed) return;
    const refused = await browser.client.sendMessage(closed.jid, 'not allowed', { waitUntilMsgSent: true });
    assert.equal(refused.ack, -1);
    assert.equal(account.messageById(closed.key, refused.id.id), undefined);
  });

  it('hears edits, revokes, reactions and receipts', async () => {
    const { account } = simulator;
    const origin = { from: 'peer' } as const;
    const message = account.receive({ chat: direct.key, content: text('frist') });
    await until(() => heard('message', message.id).length > 0, 'message');
    account.edit({ chat: direct.key, id: message.id, text: 'first', origin });
    const [, now, before] = await until(() => heard('message_edit', message.id)[0], 'edit');
    assert.deepEqual([now, before], ['first', 'frist']);
    account.react({ chat: direct.key, id: message.id, by: direct.peer ?? '', emoji: '👍', origin });
    const reaction = await until(
      () => browser.events('message_reaction').map(({ args }) => args[0] as Reaction)[0],
      'reaction',
    );
    assert.equal(reaction.reaction, '👍');
    assert.equal(reaction.msgId._serialized, `false_${direct.jid}_${message.id}`);
    assert.equal(reaction.senderId, direct.jid);
    account.revoke({ chat: direct.key, id: message.id, origin });
    const [revoked, old] = await until(() => heard('message_revoke_everyone', message.id)[0], 'revoke');
    assert.equal((revoked as Message).type, 'revoked');
    assert.equal((old as Message).body, 'first');
  });

  it('waits for what it cannot read: the sender sends it again, or the phone does when the page asks', async () => {
    const { account, web } = simulator;
    web.faults.set({ unreadable: ['retried', 'lost'] });
    for (const words of ['read late', 'read on request']) {
      const { id } = account.receive({ chat: direct.key, content: text(words) });
      await until(() => heard('message_ciphertext', id).length > 0, 'ciphertext');
      const [message] = await until(() => heard('message', id)[0], 'message');
      assert.equal((message as Message).body, words);
    }
    assert.equal(web.log.named('placeholder_resend').length, 1);
  });

  it('counts what is unread, and forgets it when another device has read', async () => {
    const { account } = simulator;
    account.receive({
      chat: group.key,
      sender: group.group?.members.at(-1)?.person ?? ME,
      content: text('one'),
    });
    const count = account.chat(group.key).unreadCount;
    const shown = async () => (await browser.client.getChatById(group.jid)).unreadCount;
    await until(async () => (await shown()) === count, 'unread count');
    const before = browser.events('unread_count').length;
    account.markRead({ chat: group.key, read: true, origin: { from: 'phone' } });
    await until(() => browser.events('unread_count').length > before, 'unread count');
    assert.equal((await browser.client.getChatById(group.jid)).unreadCount, 0);
  });

  it('moves a chat to the hidden identity of the other side, with its messages', async () => {
    const { account } = simulator;
    const old = account
      .chats()
      .find(({ peer, jid }) => jid.endsWith('@s.whatsapp.net') && account.person(peer ?? ME).lid !== null);
    assert.ok(old);
    const { id } = account.receive({ chat: old.key, content: text('before') });
    await until(() => heard('message', id).length > 0, 'message');
    const moved = account.migrateToLid(old.key);
    assert.ok(moved);
    const next = account.receive({ chat: old.key, content: text('after') });
    const [message] = await until(() => heard('message', next.id)[0], 'message');
    assert.equal((message as Message).from, moved.jid);
    account.edit({ chat: old.key, id, text: 'edited', origin: { from: 'peer' } });
    const [edited] = await until(() => heard('message_edit', id)[0], 'edit');
    assert.equal((edited as Message).id.remote, moved.jid);
    const chats = await browser.client.getChats();
    assert.equal(chats.length, account.chats().length);
  });

  it('takes in changes of groups', async () => {
    const { account } = simulator;
    const outside = account
      .people()
      .find(
        (person) =>
          person.lid !== null && !group.group?.members.some((member) => member.person === person.key),
      );
    assert.ok(outside);
    const by = group.group?.owner ?? ME;
    account.changeGroup({ chat: group.key, by, change: { kind: 'add', members: [outside.key] } });
    await until(() => browser.events('group_join').length > 0, 'join');
    account.changeGroup({ chat: group.key, by, change: { kind: 'subject', subject: 'Renamed' } });
    await until(() => browser.events('group_update').length > 0, 'update');
    assert.equal((await browser.client.getChatById(group.jid)).name, 'Renamed');
  });

  it('loses nothing when the connection breaks for a while', async () => {
    const { account, web } = simulator;
    assert.equal(web.faults.drop(), 1);
    const ids = Array.from(
      { length: 20 },
      (_, n) => account.receive({ chat: direct.key, content: text(`${n}`) }).id,
    );
    await until(() => ids.every((id) => heard('message', id).length === 1), 'messages');
    assert.equal(await browser.client.getState(), 'CONNECTED');
  });

  it('survives a burst of 200 without loss or doubling', async () => {
    const { account } = simulator;
    const ids = Array.from(
      { length: 200 },
      (_, n) => account.receive({ chat: direct.key, content: text(`b${n}`) }).id,
    );
    await until(() => heard('message', ids.at(-1) ?? '').length > 0, 'last of the burst');
    for (const id of ids) assert.equal(heard('message', id).length, 1);
  });
});
