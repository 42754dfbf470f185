import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import { shapeOf } from '../account/presets.ts';
import { createFixedWorld } from '../account/world.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { connectBaileys, linkByQr, trust } from '../testing/baileys-client.ts';

describe('linking a real Baileys by QR', () => {
  let simulator: Simulator;
  before(async () => {
    const shape = shapeOf('tiny');
    simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
    trust(simulator);
  });
  after(() => simulator.close());

  it('hands over the pushed history, each message once', async () => {
    const { account, oracle } = simulator;
    const client = await linkByQr(simulator);
    const history = () => client.events('messaging-history.set').flatMap(({ messages }) => messages);
    await until(() => history().length >= oracle.counts().pushed, 'whole pushed history');
    const expected = account.chats().flatMap((chat) =>
      Array.from({ length: chat.size - chat.pushedFrom }, (_, i) => {
        const message = account.message(chat.key, chat.pushedFrom + i);
        return `${chat.jid} ${message?.id}`;
      }),
    );
    const seen = history().map(({ key }) => `${key.remoteJid} ${key.id}`);
    assert.deepEqual(seen.toSorted(), expected.toSorted());
    await client.end();
  });

  it('goes on with the history after a connection that broke in the middle of a piece', async () => {
    const { oracle, faults } = simulator;
    faults.phone.messagesPerChunk = 10;
    faults.phone.chunkDelayMs = 20;
    let client = await linkByQr(simulator);
    const seen = new Set<string>();
    const collect = () => {
      const history = client.events('messaging-history.set').flatMap(({ messages }) => messages);
      for (const { key } of history) seen.add(`${key.remoteJid} ${key.id}`);
      return seen.size;
    };
    for (const part of [0.3, 0.6]) {
      await until(() => collect() >= oracle.counts().pushed * part, 'part of the history');
      faults.cutNextStanza(200);
      await client.closed();
      collect();
      client = connectBaileys(simulator, client.auth);
      await client.open();
    }
    await until(() => collect() === oracle.counts().pushed, 'the rest of the history');
    await client.end();
    faults.reset();
  });
});
