import assert from 'node:assert/strict';
import { downloadMediaMessage, type WAMessage } from '@whiskeysockets/baileys';
import { until } from '#kernel/testing/until.ts';
import { mediaBytes } from '../../account/media-bytes.ts';
import { ME, type SimChat } from '../../account/model.ts';
import { shapeOf } from '../../account/presets.ts';
import { sampleMedia } from '../../account/sample-media.ts';
import { createFixedWorld } from '../../account/world.ts';
import { createSimulator, type Simulator } from '../../simulator.ts';
import { type BaileysClient, linkByQr, trust } from '../../testing/baileys-client.ts';

describe('forwards and notes to self by a real Baileys', () => {
  let simulator: Simulator;
  let client: BaileysClient;
  let sibling: BaileysClient;
  let from: SimChat;
  let to: SimChat;

  before(async () => {
    const shape = shapeOf('tiny');
    simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
    trust(simulator);
    client = await linkByQr(simulator);
    sibling = await linkByQr(simulator);
    const { pushed } = simulator.oracle.counts();
    for (const device of [client, sibling])
      await until(() => device.messages().length >= pushed, 'pushed history');
    const [a, b] = simulator.account.chats().filter(({ peer, jid }) => peer !== null && jid.endsWith('@lid'));
    assert.ok(a && b);
    [from, to] = [a, b];
  });
  after(async () => {
    await client.end();
    await sibling.end();
    await simulator.close();
  });

  const arrival = (device: BaileysClient, id: string): Promise<WAMessage> =>
    until(() => device.messages().find(({ key }) => key.id === id), 'message');
  const forward = async (id: string) => {
    const sent = await client.socket.sendMessage(to.jid, { forward: await arrival(client, id) });
    const sentId = sent?.key.id ?? '';
    const got = await until(() => {
      const copies = simulator.wire.mailbox.byId(sentId);
      return copies.length >= 2 && copies;
    }, 'copy for everybody');
    return { sentId, got };
  };

  it('forwards a text, marked as forwarded, once to everybody', async () => {
    const source = simulator.account.receive({
      chat: from.key,
      content: { type: 'text', text: 'pass it on' },
    });
    const { sentId, got } = await forward(source.id);
    assert.equal(new Set(got.map(({ recipientJid }) => recipientJid)).size, 2);
    assert.ok(got.every((copy) => copy.forwarded && copy.text === 'pass it on'));
    const stored = simulator.account.messageById(to.key, sentId);
    assert.deepEqual([stored?.forwarded, stored?.content], [true, { type: 'text', text: 'pass it on' }]);
    const copy = await arrival(sibling, sentId);
    assert.equal(copy.message?.extendedTextMessage?.contextInfo?.isForwarded, true);
  });

  it('forwards a file without a new upload; everybody reads the same bytes', async () => {
    const content = sampleMedia({ kind: 'document', caption: 'minutes' });
    const source = simulator.account.receive({ chat: from.key, content });
    assert.ok(source.content.type === 'media');
    const path = (await arrival(client, source.id)).message?.documentMessage?.directPath;
    const { uploads } = simulator.media.counts;
    const { sentId, got } = await forward(source.id);
    assert.equal(simulator.media.counts.uploads, uploads);
    assert.deepEqual(
      got.map(({ mediaPath, forwarded }) => [mediaPath, forwarded]),
      [
        [path, true],
        [path, true],
      ],
    );
    const stored = simulator.account.messageById(to.key, sentId);
    assert.deepEqual(stored?.content, source.content);
    const bytes = await downloadMediaMessage(await arrival(sibling, sentId), 'buffer', {});
    assert.ok(bytes.equals(mediaBytes(source.content.media)));
  });

  it('takes a note to self once, and shows it to the other device', async () => {
    const { pn, lid } = simulator.account.person(ME);
    for (const self of [lid, pn]) {
      const sent = await client.socket.sendMessage(self ?? '', { text: `note to ${self}` });
      const id = sent?.key.id ?? '';
      const copy = await arrival(sibling, id);
      assert.equal(copy.key.fromMe, true);
      assert.equal(copy.message?.extendedTextMessage?.text ?? copy.message?.conversation, `note to ${self}`);
      const chat = simulator.account.chatByJid(self ?? '');
      assert.ok(chat && chat.peer === ME);
      assert.equal(simulator.account.messageById(chat.key, id)?.fromMe, true);
      assert.deepEqual(
        simulator.wire.mailbox.byId(id).map(({ recipientJid, text }) => [recipientJid, text]),
        [[self, `note to ${self}`]],
      );
      assert.equal(chat.unreadCount, 0);
    }
    const chat = simulator.account.chatByJid(lid ?? '');
    const fromPhone = simulator.account.sendFromPhone({
      chat: chat?.key ?? '',
      content: { type: 'text', text: 'note on the phone' },
    });
    for (const device of [client, sibling]) {
      const { key } = await arrival(device, fromPhone.id);
      assert.deepEqual([key.fromMe, key.remoteJid], [true, lid]);
    }
  });
});
