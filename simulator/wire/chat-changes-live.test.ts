import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import { shapeOf } from '../account/presets.ts';
import { createFixedWorld } from '../account/world.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { type BaileysClient, linkByQr, trust } from '../testing/baileys-client.ts';

describe('chats that go away or move, as a real Baileys meets them', () => {
  let simulator: Simulator;
  let client: BaileysClient;

  before(async () => {
    const shape = shapeOf('tiny', { messagesPerChat: 60 });
    simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
    trust(simulator);
    client = await linkByQr(simulator);
    await until(() => client.auth.creds.accountSyncCounter > 0, 'first sync');
  });
  after(async () => {
    await client.end();
    await simulator.close();
  });

  const asked = async (chatJid: string, anchorId: string) => {
    const requestId = await client.socket.fetchMessageHistory(
      10,
      { remoteJid: chatJid, id: anchorId, fromMe: false },
      0,
    );
    return until(() => {
      const found = simulator.historyRequests.all().find((one) => one.requestId === requestId);
      return found?.outcome !== 'waiting' && found;
    }, 'decision on the request');
  };

  const mappingOf = (pn: string) => client.events('lid-mapping.update').find((mapping) => mapping.pn === pn);

  it('is told of a chat that was deleted on the phone, which knows nothing of it any more', async () => {
    const { account, oracle } = simulator;
    const chat = account.chats().find(({ peer }) => peer !== null);
    assert.ok(chat?.peer);
    const anchor = account.message(chat.key, 50);
    assert.ok(anchor);
    assert.equal((await asked(chat.jid, anchor.id)).outcome, 'answered');
    const before = oracle.counts();
    assert.equal(account.deleteChat({ chat: chat.key, origin: { from: 'phone' } }), true);
    assert.equal(account.deleteChat({ chat: chat.key, origin: { from: 'phone' } }), false);
    await until(() => client.events('chats.delete').flat().includes(chat.jid), 'deletion');
    assert.equal((await asked(chat.jid, anchor.id)).outcome, 'unknown-chat');
    assert.deepEqual(
      [oracle.counts().chats, oracle.counts().messages],
      [before.chats - 1, before.messages - chat.size],
    );
    // Who writes again starts anew.
    const fresh = account.openDirect(chat.peer);
    const { id } = account.receive({ chat: fresh.key, content: { type: 'text', text: 'hello again' } });
    await until(() => client.messages().some(({ key }) => key.id === id), 'message');
    assert.equal(account.chatByJid(chat.jid)?.size, 1);
    assert.throws(
      () => account.receive({ chat: chat.key, content: { type: 'text', text: 'x' } }),
      RangeError,
    );
  });

  it('deletes a chat itself', async () => {
    const chat = simulator.account.chats().find(({ peer }) => peer !== null);
    assert.ok(chat);
    const lastMessages = [{ key: { remoteJid: chat.jid, fromMe: false, id: 'X' }, messageTimestamp: 5 }];
    await client.socket.chatModify({ delete: true, lastMessages }, chat.jid);
    assert.equal(simulator.account.chatByJid(chat.jid), null);
  });

  it('learns late that a number has a hidden identity, and gets pages under that', async () => {
    const { account } = simulator;
    const chat = account.chats().find(({ peer }) => peer !== null && account.person(peer).lid === null);
    assert.ok(chat?.peer);
    const moved = account.revealLid({ chat: chat.key });
    assert.ok(moved);
    assert.match(moved.jid, /@lid$/);
    assert.deepEqual([moved.canonicalJid, account.chatByJid(chat.jid)?.key], [moved.jid, chat.key]);
    assert.equal(account.revealLid({ chat: chat.key }), null);
    const told = await until(() => mappingOf(chat.jid), 'mapping');
    assert.equal(told.lid, moved.jid);
    const anchor = account.message(chat.key, 40);
    assert.ok(anchor);
    assert.equal((await asked(chat.jid, anchor.id)).answer?.chat, chat.key);
    await until(
      () => client.messages().some(({ key }) => key.remoteJid === moved.jid),
      'page under the hidden identity',
    );
  });

  it('may move a chat without a word', async () => {
    const { account } = simulator;
    const chat = account
      .chats()
      .find(({ peer, jid, settings }) => peer !== null && !jid.endsWith('@lid') && !settings.archived);
    assert.ok(chat?.peer);
    const lid = account.person(chat.peer).lid ?? '277777777770009@lid';
    const before = client.events('lid-mapping.update').length;
    assert.equal(account.revealLid({ chat: chat.key, lid, tell: false })?.jid, lid);
    account.changeSettings({ chat: chat.key, change: { archived: true }, origin: { from: 'phone' } });
    await until(
      () =>
        client
          .events('chats.update')
          .flat()
          .some(({ id, archived }) => id === lid && archived),
      'word of something later',
    );
    assert.equal(client.events('lid-mapping.update').length, before);
    assert.equal(account.revealLid({ chat: 'g0' }), null);
  });
});
