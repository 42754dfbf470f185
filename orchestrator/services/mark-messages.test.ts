import assert from 'node:assert/strict';
import type { MessageRef } from '#engines/contract/command.ts';
import { TandemError } from '#kernel/errors.ts';
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
    assert.equal(await unread(), 1);
  });

  const left = async () => {
    const chat = await world.history.chats.byJid(club);
    return (await world.history.messages.unread(chat?.id ?? 0, 10)).map(({ id }) => id);
  };

  it('counts as unread what is left, whichever was read first', async () => {
    await open();
    await mark(club, ['TWO']);
    assert.deepEqual([await unread(), await left()], [2, ['THREE', 'ONE']]);
    await world.learn([message(club, 700, 'four', { id: 'FOUR', via: 'live' })]);
    assert.deepEqual([await unread(), await left()], [3, ['FOUR', 'THREE', 'ONE']]);
    await mark(club, ['THREE', 'FOUR', 'ONE']);
    assert.deepEqual([await unread(), await left()], [0, []]);
  });

  it('goes by the count of an engine that has heard of it before the answer is here', async () => {
    for (const arrives of [[], [message(club, 700, 'four', { id: 'FOUR', via: 'live' as const })]]) {
      await open({
        commands: {
          'message.markRead': async () => {
            await world.learn([...arrives, { kind: 'chat', chat: club, unread: 2 + arrives.length }]);
            return { receiptsSent: 1 };
          },
        },
      });
      await mark(club, ['TWO']);
      assert.equal(await unread(), 2 + arrives.length);
      await world.close();
    }
    await open();
  });

  it('leaves the count to what arrives meanwhile, where no engine has counted', async () => {
    await open({
      commands: {
        'message.markRead': async () => {
          await world.learn([message(club, 700, 'four', { id: 'FOUR', via: 'live' })]);
          return { receiptsSent: 1 };
        },
      },
    });
    await mark(club, ['TWO']);
    assert.deepEqual([await unread(), await left()], [3, ['FOUR', 'THREE', 'ONE']]);
  });

  it('tells nobody twice, in sequence or at once, and says so', async () => {
    await open();
    const [first, second] = await Promise.all([mark(club, ['ONE']), mark(club, ['ONE', 'TWO'])]);
    assert.deepEqual([first.data.marked, second.data.marked], [1, 1]);
    assert.deepEqual(second.data.skipped, [{ id: 'ONE', reason: 'ALREADY_TOLD' }]);
    const third = await mark(club, ['TWO']);
    assert.deepEqual([third.data.marked, third.data.receipts], [0, 'none-needed']);
    assert.deepEqual(
      told.map(({ id }) => id),
      ['ONE', 'TWO'],
    );
    assert.equal(await unread(), 1);
  });

  it('tells nobody again whom the whole chat has told, nor the other way round', async () => {
    await open({
      commands: {
        'message.markRead': ({ messages }) => {
          told.push(...messages);
          return Promise.resolve({ receiptsSent: 1 });
        },
        'chat.markRead': () => Promise.resolve({ patched: true, sendersTold: false }),
      },
    });
    await mark(club, ['TWO']);
    const whole = await world.services.markChatRead({ chat: club });
    assert.equal(whole.data.marked_count, 2);
    const after = await mark(club, ['ONE', 'TWO', 'THREE']);
    assert.deepEqual([after.data.marked, after.data.skipped.length], [0, 3]);
    assert.deepEqual([told.length, new Set(told.map(({ id }) => id)).size], [3, 3]);
  });

  it('tells again only what nobody knows to have been told', async () => {
    let fails = true;
    await open({
      commands: {
        'message.markRead': ({ messages }) => {
          told.push(...messages);
          if (fails) return Promise.reject(new TandemError('WHATSAPP_API_ERROR'));
          return Promise.resolve({ receiptsSent: 1 });
        },
      },
    });
    await failsWith('WHATSAPP_API_ERROR', () => mark(club, ['ONE']));
    assert.equal(await unread(), 3);
    fails = false;
    assert.equal((await mark(club, ['ONE'])).data.marked, 1);
    assert.deepEqual([told.length, await unread()], [2, 2]);
  });

  it('tells later whom it did not tell while receipts were off', async () => {
    await open({ config: { readReceipts: false } });
    await mark(club, ['TWO']);
    assert.deepEqual([await unread(), await left()], [2, ['THREE', 'ONE']]);
    const again = await mark(club, ['TWO']);
    assert.deepEqual([again.data.marked, again.data.receipts, await unread()], [1, 'off', 2]);
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
