import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import type { SimChat } from '../account/model.ts';
import { shapeOf } from '../account/presets.ts';
import { createFixedWorld } from '../account/world.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { type BaileysClient, connectBaileys, linkByQr, trust } from '../testing/baileys-client.ts';

const CONNECTION_CLOSED = 428;

describe('sends with an unhappy fate, by a real Baileys', () => {
  let simulator: Simulator;
  let client: BaileysClient;
  let chat: SimChat;

  before(async () => {
    const shape = shapeOf('tiny');
    simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
    trust(simulator);
    client = await linkByQr(simulator);
    await until(() => client.messages().length >= simulator.oracle.counts().pushed, 'pushed history');
    const found = simulator.account.chats().find(({ peer, jid }) => peer !== null && jid.endsWith('@lid'));
    assert.ok(found);
    chat = found;
  });
  afterEach(() => simulator.faults.reset());
  after(async () => {
    await client.end();
    await simulator.close();
  });

  const send = async (text: string, messageId?: string): Promise<string> => {
    const sent = await client.socket.sendMessage(
      chat.jid,
      { text },
      messageId === undefined ? {} : { messageId },
    );
    return sent?.key.id ?? '';
  };
  const readers = (id: string) => simulator.wire.mailbox.byId(id).map(({ recipientJid }) => recipientJid);
  const reconnect = async (): Promise<void> => {
    assert.equal(await client.closed(), CONNECTION_CLOSED);
    client = connectBaileys(simulator, client.auth);
    await client.open();
  };

  it('a lost message reached nobody, and the same id can be sent again', async () => {
    simulator.faults.nextSends('lost');
    const id = await send('lost on the way');
    await reconnect();
    assert.deepEqual(readers(id), []);
    assert.equal(simulator.account.messageById(chat.key, id), undefined);
    await send('lost on the way', id);
    await until(() => readers(id).length === 2, 'copy for everybody');
    assert.equal(new Set(readers(id)).size, 2);
  });

  it('an unacknowledged message reached everybody, and a second copy shows in the mailbox', async () => {
    simulator.faults.nextSends('unacknowledged');
    const id = await send('did it arrive?');
    await reconnect();
    assert.equal(readers(id).length, 2);
    assert.ok(simulator.account.messageById(chat.key, id));
    const before = simulator.account.chat(chat.key).size;
    await send('did it arrive?', id);
    await until(() => readers(id).length === 4, 'second copy');
    assert.equal(simulator.account.chat(chat.key).size, before);
  });

  it('an unreadable message is asked for again, and then read', async () => {
    simulator.faults.nextSends('undecryptable');
    const id = await send('try again');
    const peer = simulator.account.person(chat.peer ?? '').lid ?? '';
    await until(() => readers(id).includes(peer), 'copy that can be read');
    assert.equal(readers(id).filter((jid) => jid === peer).length, 1);
  });
});
