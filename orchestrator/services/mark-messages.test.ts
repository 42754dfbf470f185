import assert from 'node:assert/strict';
import type { MessageRef } from '#engines/contract/command.ts';
import { failsWith } from './testing/errors.ts';
import { anna, bert, carla, club, message } from './testing/sample-history.ts';
import { createWorld, type World, type WorldOptions } from './testing/world.ts';

describe('marking single messages as read', () => {
  let world: World;
  let told: MessageRef[];
  const open = async (options: WorldOptions = {}) => {
    told = [];
    world = await createWorld({
      commands: {
        'message.markRead': ({ messages }) => {
          told.push(...messages);
          return Promise.resolve({ receiptsSent: 1 });
        },
      },
      webjs: {},
      ...options,
    });
    await world.learn([
      message(club, 600, 'one', { id: 'ONE', via: 'live' }),
      message(club, 601, 'two', { id: 'TWO', via: 'live', sender: anna.lid }),
      message(club, 601, 'same second', { id: 'THREE', via: 'live' }),
      { kind: 'chat', chat: club, unread: 3 },
    ]);
  };
  afterEach(() => world.close());
  const mark = (chat: string, message_ids: readonly string[], sender?: string) =>
    world.services.markMessagesRead({ chat, message_ids, sender });
  const unread = async () => (await world.history.chats.byJid(club))?.unread;

  it('tells each author, and says what was left out', async () => {
    await open();
    const { data, meta } = await mark('Book club', [
      'ONE',
      'ONE',
      `${club}:TWO`,
      `false_${carla.pn}_SAMEID00000000001`,
      'LIKE0000000000001',
      'NEVER',
    ]);
    assert.deepEqual(
      told.map(({ id, sender, chat }) => [id, sender, chat]),
      [
        ['ONE', bert.lid, club],
        ['TWO', anna.lid, club],
      ],
    );
    assert.deepEqual([data.marked, data.receipts_sent, data.receipts], [2, 1, 'sent']);
    assert.deepEqual(data.skipped, [
      { id: `false_${carla.pn}_SAMEID00000000001`, reason: 'OTHER_CHAT' },
      { id: 'LIKE0000000000001', reason: 'OWN_MESSAGE' },
      { id: 'NEVER', reason: 'NOT_FOUND' },
    ]);
    assert.equal(meta?.engine, 'baileys');
    // The third is of the same second as the second.
    assert.equal(await unread(), 2);
  });

  it('counts a chat as read only up to the first message that is not', async () => {
    await open();
    await mark(club, ['TWO', 'THREE']);
    assert.equal(await unread(), 3);
    await mark(club, ['ONE', 'TWO', 'THREE']);
    assert.equal(await unread(), 0);
  });

  it('goes by the sender where one is named', async () => {
    await open();
    const { data } = await mark(club, ['ONE', 'TWO'], 'Anna Müller');
    assert.deepEqual([data.marked, data.skipped], [1, [{ id: 'ONE', reason: 'OTHER_SENDER' }]]);
  });

  it('tells nobody while receipts are off, and says so', async () => {
    await open({ config: { readReceipts: false } });
    const { data, meta } = await mark(club, ['ONE']);
    assert.deepEqual([data.marked, data.receipts, data.receipts_sent, meta], [1, 'off', 0, undefined]);
    assert.deepEqual([told, await unread()], [[], 2]);
  });

  it('names who could, where no engine can', async () => {
    await open({ withoutEngine: true });
    const { details } = await failsWith('CAPABILITY_UNAVAILABLE', () => mark(club, ['ONE']));
    assert.deepEqual(details?.could, [{ engine: 'baileys', level: 'not-configured', code: null }]);
    assert.equal(await unread(), 3);
  });

  it('refuses ids that nobody knows, and chats that are not there', async () => {
    await open();
    await failsWith('MESSAGE_NOT_FOUND', () => mark(club, ['NEVER', 'EVER']));
    await failsWith('CHAT_NOT_FOUND', () => mark('Nowhere', ['ONE']));
    await failsWith('CONTACT_NOT_FOUND', () => mark(club, ['ONE'], 'Nobody'));
    const own = await mark(club, ['LIKE0000000000001']);
    assert.deepEqual([own.data.marked, own.data.receipts, told], [0, 'none-needed', []]);
  });
});
