import assert from 'node:assert/strict';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { until } from '#kernel/testing/until.ts';
import type { SimMessage } from '../account/model.ts';
import { canonicalPersonJid } from '../account/oracle.ts';
import { communityShape } from '../account/presets.ts';
import { createFixedWorld } from '../account/world.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { type BaileysClient, linkByQr, trust } from '../testing/baileys-client.ts';

describe('read marks of a community, told by a real Baileys', () => {
  let simulator: Simulator;
  let client: BaileysClient;
  let sibling: BaileysClient;
  const heard: BinaryNode[] = [];

  before(async () => {
    const shape = communityShape(3, 12);
    simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
    trust(simulator);
    client = await linkByQr(simulator);
    sibling = await linkByQr(simulator);
    sibling.socket.ws.on('CB:receipt', (stanza: BinaryNode) => heard.push(stanza));
  });
  after(async () => {
    await client.end();
    await sibling.end();
    await simulator.close();
  });

  const group = (n: number) => simulator.account.chat(`c0g${n}`);
  const keyOf = (chatJid: string, message: SimMessage) => ({
    remoteJid: chatJid,
    id: message.id,
    fromMe: false,
    participant: canonicalPersonJid(simulator.account, message.sender),
  });
  const untilUnread = (chat: string, count: number): Promise<true> =>
    until(() => simulator.account.chat(chat).unreadCount === count, `count of ${count}`);

  it('are one receipt for each sender, correct to the message', async () => {
    const { key, jid } = group(0);
    const unread = simulator.account.unread(key);
    assert.equal(unread.length, 12);
    assert.deepEqual(
      simulator.readMarks.of(key).unreadIds,
      unread.map(({ id }) => id),
    );
    await client.socket.readMessages(unread.map((message) => keyOf(jid, message)));
    await untilUnread(key, 0);
    const marks = simulator.readMarks.of(key);
    const expected = Map.groupBy(unread, ({ sender }) => canonicalPersonJid(simulator.account, sender));
    assert.ok(expected.size > 1);
    assert.deepEqual(
      new Map(marks.told.map(({ senderJid, ids }) => [senderJid, new Set(ids)])),
      new Map([...expected].map(([jidOf, theirs]) => [jidOf, new Set(theirs.map(({ id }) => id))])),
    );
    assert.ok(marks.told.every(({ stanzas }) => stanzas === 1));
    assert.deepEqual([marks.unreadIds, marks.repeatedIds, marks.misdirectedIds], [[], [], []]);
  });

  it('count only what was told, and tell the other device exactly that', async () => {
    const { key, jid } = group(1);
    const [first, second, ...rest] = simulator.account.unread(key);
    assert.ok(first && second);
    await client.socket.readMessages([keyOf(jid, second)]);
    await untilUnread(key, 11);
    const stanza = await until(() => heard.find(({ attrs }) => attrs.id === second.id), 'receipt');
    assert.deepEqual(
      [stanza.attrs.type, stanza.attrs.from, stanza.attrs.participant, stanza.content ?? []],
      ['read-self', jid, keyOf(jid, second).participant, []],
    );
    assert.deepEqual(
      simulator.readMarks.of(key).unreadIds,
      [first, ...rest].map(({ id }) => id),
    );
    const { id } = simulator.account.receive({
      chat: key,
      sender: first.sender,
      content: { type: 'text', text: 'one more' },
    });
    assert.equal(simulator.account.chat(key).unreadCount, 12);
    assert.equal(simulator.readMarks.of(key).unreadIds.at(-1), id);
  });

  it('show what was told twice, and to the wrong person', async () => {
    const { key, jid } = group(2);
    const [first, ...rest] = simulator.account.unread(key);
    const other = rest.find(({ sender }) => sender !== first?.sender);
    assert.ok(first && other);
    await client.socket.readMessages([keyOf(jid, first)]);
    await client.socket.readMessages([keyOf(jid, first)]);
    const wrong = { ...keyOf(jid, other), participant: keyOf(jid, first).participant };
    await client.socket.readMessages([wrong]);
    await untilUnread(key, 10);
    const marks = simulator.readMarks.of(key);
    assert.deepEqual([marks.repeatedIds, marks.misdirectedIds], [[first.id], [other.id]]);
    assert.equal(marks.told[0]?.stanzas, 3);
    assert.ok(simulator.readMarks.all().some(({ chat }) => chat === key));
  });
});
