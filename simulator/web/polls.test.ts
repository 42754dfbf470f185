import assert from 'node:assert/strict';
import webjs, { type PollVote } from 'whatsapp-web.js';
import { until } from '#kernel/testing/until.ts';
import { ME, type SimChat } from '../account/model.ts';
import { shapeOf } from '../account/presets.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { type BaileysClient, linkByQr, trust } from '../testing/baileys-client.ts';
import { linkWebjs, type WebjsClient } from '../testing/webjs-client.ts';

describe('polls in a page', () => {
  let simulator: Simulator;
  let browser: WebjsClient;
  let baileys: BaileysClient;
  let group: SimChat;

  before(async () => {
    simulator = await createSimulator({ shape: shapeOf('tiny') });
    trust(simulator);
    baileys = await linkByQr(simulator);
    browser = await linkWebjs(simulator);
    const found = simulator.account
      .chats()
      .find((chat) => chat.kind === 'group' && !chat.readOnly && chat.group?.addressing === 'lid');
    assert.ok(found);
    group = found;
  });
  after(async () => {
    await browser?.end();
    await baileys?.end();
    await simulator.close();
  });

  it('asks, hears votes, votes itself and lists who chose what', async () => {
    const { account } = simulator;
    const poll = new webjs.Poll('Where?', ['here', 'there', 'anywhere'], {
      allowMultipleAnswers: true,
      messageSecret: undefined,
    });
    const sent = await browser.client.sendMessage(group.jid, poll, { waitUntilMsgSent: true });
    const stored = () => account.messageById(group.key, sent.id.id);
    const content = stored()?.content;
    assert.ok(content?.type === 'poll');
    assert.deepEqual(content.options, ['here', 'there', 'anywhere']);
    const copy = await until(
      () => baileys.messages().find(({ key }) => key.id === sent.id.id),
      'poll at baileys',
    );
    assert.equal(copy.message?.pollCreationMessageV3?.name, 'Where?');

    const voter = group.group?.members.find(({ person }) => person !== ME)?.person ?? '';
    const origin = { from: 'peer' } as const;
    account.vote({ chat: group.key, id: sent.id.id, by: voter, options: ['there'], origin });
    const vote = await until(
      () => browser.events('vote_update').map(({ args }) => args[0] as PollVote)[0],
      'vote',
    );
    assert.deepEqual(
      vote.selectedOptions.map(({ name }) => name),
      ['there'],
    );
    assert.equal(vote.parentMessage.id.id, sent.id.id);

    await sent.vote(['here', 'anywhere']);
    const mine = stored()?.votes.find(({ person }) => person === ME);
    assert.deepEqual(mine?.options, ['here', 'anywhere']);
    const got = simulator.wire.mailbox.all().filter(({ targetId }) => targetId === sent.id.id);
    assert.deepEqual([...new Set(got.map(({ does }) => does))], ['vote']);
    assert.equal(got.length, group.group?.members.length);
    await until(
      () => baileys.messages().some(({ message, key }) => message?.pollUpdateMessage && key.fromMe),
      'own vote at baileys',
    );
    const votes = await sent.getPollVotes();
    assert.deepEqual(
      votes.map(({ selectedOptions }) => selectedOptions.map(({ name }) => name)),
      [['there'], ['here', 'anywhere']],
    );
  });

  it('takes a vote back', async () => {
    const { account } = simulator;
    const writer = group.group?.members.find(({ person }) => person !== ME)?.person ?? '';
    const question = { type: 'poll', question: 'Now?', options: ['yes', 'no'], selectable: 1 } as const;
    const { id } = account.receive({ chat: group.key, sender: writer, content: question });
    const poll = await until(
      () =>
        browser
          .events('message')
          .map(({ args }) => args[0] as webjs.Message)
          .find((message) => message.id.id === id),
      'poll',
    );
    const mine = () => account.messageById(group.key, id)?.votes.find(({ person }) => person === ME)?.options;
    await poll.vote(['yes']);
    assert.deepEqual(mine(), ['yes']);
    await poll.vote([]);
    assert.deepEqual(mine(), []);
    const [truth] = [...simulator.oracle.messages(group.key)].filter((message) => message.id === id);
    assert.deepEqual(truth?.votes, []);
  });
});
