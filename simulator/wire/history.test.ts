import assert from 'node:assert/strict';
import { downloadAndProcessHistorySyncNotification, type proto } from '@whiskeysockets/baileys';
import { until } from '#kernel/testing/until.ts';
import type { SimChat } from '../account/model.ts';
import { shapeOf } from '../account/presets.ts';
import { createFixedWorld } from '../account/world.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { type BaileysClient, linkByQr, trust } from '../testing/baileys-client.ts';

const ON_DEMAND = 6;
const NOTHING_OLDER = 1;
const MORE_REMAIN = 2;
const SILENCE_MS = 300;

describe('history on demand with a real Baileys', () => {
  let simulator: Simulator;
  let client: BaileysClient;

  before(async () => {
    const shape = shapeOf('tiny', { messagesPerChat: { min: 12, max: 260 } });
    simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
    trust(simulator);
    // Baileys itself hides repeated pages; the notification shows what the phone really answers.
    client = await linkByQr(simulator, {
      shouldSyncHistoryMessage: ({ syncType }) => syncType !== ON_DEMAND,
    });
    await until(() => client.messages().length >= simulator.oracle.counts().pushed, 'pushed history');
  });
  afterEach(() => simulator.faults.reset());
  after(async () => {
    await client.end();
    await simulator.close();
  });

  const answerTo = (requestId: string): proto.Message.IHistorySyncNotification | undefined =>
    client
      .events('messages.upsert')
      .flatMap(({ messages }) => messages)
      .map(({ message }) => message?.protocolMessage?.historySyncNotification)
      .find((notification) => notification?.peerDataRequestSessionId === requestId) ?? undefined;

  const ask = (chat: SimChat, index: number, jid = chat.jid, count = 50): Promise<string> => {
    const anchor = simulator.account.message(chat.key, index);
    assert.ok(anchor);
    const key = { remoteJid: jid, id: anchor.id, fromMe: anchor.fromMe };
    return client.socket.fetchMessageHistory(count, key, anchor.time * 1_000);
  };

  const page = async (requestId: string) => {
    const notification = await until(() => answerTo(requestId), 'history page');
    const { chats, messages } = await downloadAndProcessHistorySyncNotification(notification, {});
    return { chat: chats[0], ids: messages.map(({ key }) => key.id) };
  };

  it('leads to the oldest message of every chat, in pages of at most 50, with the right end flags', async () => {
    const { account } = simulator;
    for (const chat of account.chats()) {
      let anchor = chat.pushedFrom;
      while (anchor > 0) {
        const { chat: header, ids } = await page(await ask(chat, anchor));
        const from = Math.max(0, anchor - 50);
        const expected = Array.from(
          { length: anchor - from },
          (_, i) => account.message(chat.key, anchor - 1 - i)?.id,
        );
        assert.deepEqual(ids, expected);
        assert.equal(header?.endOfHistoryTransferType, from === 0 ? NOTHING_OLDER : MORE_REMAIN);
        anchor = from;
      }
    }
    assert.equal(simulator.deliveries.count('1'), simulator.oracle.counts().messages);
  });

  it('answers the same page twice', async () => {
    const chat = simulator.account.chats().find(({ pushedFrom }) => pushedFrom > 50);
    assert.ok(chat);
    const first = await page(await ask(chat, chat.pushedFrom));
    const second = await page(await ask(chat, chat.pushedFrom));
    assert.deepEqual(first.ids, second.ids);
  });

  it('ends with an empty page and the end flag when nothing is older', async () => {
    const [chat] = simulator.account.chats();
    assert.ok(chat);
    const { chat: header, ids } = await page(await ask(chat, 0));
    assert.deepEqual(ids, []);
    assert.equal(header?.endOfHistoryTransferType, NOTHING_OLDER);
  });

  it('finds a chat under its other identity and can answer under the other one', async () => {
    const { account, faults } = simulator;
    const chat = account.chats().find(({ peer, pushedFrom }) => {
      const person = peer === null ? null : account.person(peer);
      return pushedFrom > 0 && person !== null && person.pn !== null && person.lid !== null;
    });
    assert.ok(chat?.peer);
    const { pn, lid } = account.person(chat.peer);
    const other = chat.jid === lid ? pn : lid;
    const asked = await page(await ask(chat, chat.pushedFrom, other ?? ''));
    assert.equal(asked.chat?.id, chat.jid);
    faults.phone.onDemand = 'other-identity';
    const swapped = await page(await ask(chat, chat.pushedFrom));
    assert.equal(swapped.chat?.id, other);
    assert.deepEqual(swapped.ids, asked.ids);
  });

  it('says nothing when silent, and to an anchor it does not know', async () => {
    const chat = simulator.account.chats().find(({ pushedFrom }) => pushedFrom > 0);
    assert.ok(chat);
    const unknown = await client.socket.fetchMessageHistory(
      50,
      { remoteJid: chat.jid, id: 'UNKNOWN', fromMe: false },
      0,
    );
    simulator.faults.phone.onDemand = 'silent';
    const unheard = await ask(chat, chat.pushedFrom);
    await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
    assert.equal(answerTo(unknown), undefined);
    assert.equal(answerTo(unheard), undefined);
  });

  it('can answer with an empty page that proves nothing', async () => {
    const chat = simulator.account.chats().find(({ pushedFrom }) => pushedFrom > 0);
    assert.ok(chat);
    simulator.faults.phone.onDemand = 'empty';
    const { chat: header, ids } = await page(await ask(chat, chat.pushedFrom));
    assert.deepEqual(ids, []);
    assert.notEqual(header?.endOfHistoryTransferType, NOTHING_OLDER);
  });

  it('serves pages by download as well as inside the message', async () => {
    const chat = simulator.account.chats().find(({ pushedFrom }) => pushedFrom > 50);
    assert.ok(chat);
    const inline = await page(await ask(chat, chat.pushedFrom));
    simulator.faults.phone.delivery = 'media';
    const requestId = await ask(chat, chat.pushedFrom);
    assert.deepEqual((await page(requestId)).ids, inline.ids);
    assert.ok(answerTo(requestId)?.directPath);
  });
});
