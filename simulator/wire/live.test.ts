import assert from 'node:assert/strict';
import type { SimChat } from '../account/model.ts';
import { shapeOf } from '../account/presets.ts';
import { createFixedWorld } from '../account/world.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { type BaileysClient, linkByQr, trust } from '../testing/baileys-client.ts';

describe('live messages with a real Baileys', () => {
  let simulator: Simulator;
  let client: BaileysClient;

  before(async () => {
    const shape = shapeOf('tiny');
    simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
    trust(simulator);
    client = await linkByQr(simulator);
    const { pushed } = simulator.oracle.counts();
    await client.until(() => client.messages().length >= pushed, 'pushed history');
  });
  after(async () => {
    await client.end();
    await simulator.close();
  });

  const chatWhere = (test: (chat: SimChat) => boolean): SimChat => {
    const chat = simulator.account.chats().find(test);
    assert.ok(chat, 'the preset has such a chat');
    return chat;
  };
  const upserted = (id: string) =>
    client
      .events('messages.upsert')
      .flatMap(({ messages }) => messages)
      .find(({ key }) => key.id === id);
  const textIn = async (chat: SimChat, text: string) => {
    const { id } = simulator.account.receive({ chat: chat.key, content: { type: 'text', text } });
    return client.until(() => upserted(id), 'live message');
  };

  it('brings a text by number, by LID and in a group', async () => {
    const { account } = simulator;
    const cases = [
      chatWhere((chat) => chat.peer !== null && chat.jid.endsWith('@s.whatsapp.net')),
      chatWhere((chat) => chat.peer !== null && chat.jid.endsWith('@lid')),
    ];
    for (const chat of cases) {
      const message = await textIn(chat, 'hello there');
      assert.equal(message.message?.conversation, 'hello there');
      assert.equal(message.key.remoteJid, chat.jid);
      assert.equal(message.key.fromMe, false);
    }
    const group = chatWhere((chat) => chat.kind === 'group');
    const sender = group.group?.members.find(({ person }) => person !== 'me')?.person;
    assert.ok(sender);
    for (const text of ['first', 'second']) {
      const { id } = account.receive({ chat: group.key, sender, content: { type: 'text', text } });
      const message = await client.until(() => upserted(id), 'group message');
      assert.equal(message.message?.conversation, text);
    }
  });

  it('takes a text to a number, to a LID and to a group, once for every recipient', async () => {
    const chats = [
      chatWhere((chat) => chat.peer !== null && chat.jid.endsWith('@s.whatsapp.net')),
      chatWhere((chat) => chat.peer !== null && chat.jid.endsWith('@lid')),
      chatWhere((chat) => chat.kind === 'group' && !chat.readOnly),
    ];
    for (const chat of chats) {
      const sent = await client.socket.sendMessage(chat.jid, { text: `to ${chat.key}` });
      const id = sent?.key.id ?? '';
      await client
        .until(
          () => simulator.account.messageById(chat.key, id)?.status === 'read',
          'read receipt in the account',
        )
        .catch(() => undefined);
      const got = simulator.wire.mailbox.byId(id);
      const people = chat.group?.members.length ?? 2;
      assert.equal(got.length, people);
      assert.equal(new Set(got.map(({ recipientJid }) => recipientJid)).size, people);
      assert.ok(got.every(({ text }) => text === `to ${chat.key}`));
    }
  });
});
