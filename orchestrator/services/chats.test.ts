import assert from 'node:assert/strict';
import type { MessageRef } from '#engines/contract/command.ts';
import type { GroupInfo } from '#engines/contract/group.ts';
import { TandemError } from '#kernel/errors.ts';
import type { ListChatsRequest } from './chats.ts';
import { failsWith } from './testing/errors.ts';
import {
  anna,
  bert,
  club,
  dora,
  groupInfo,
  message,
  NOW_SECONDS,
  START_SECONDS,
} from './testing/sample-history.ts';
import { createWorld, type World } from './testing/world.ts';

const list: ListChatsRequest = {
  sort_by: 'last_active',
  limit: 20,
  include_last_message: true,
  groups_only: false,
  archived: false,
  unread_only: false,
  pinned_only: false,
  response_format: 'concise',
};

describe('chats', () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world.close());

  it('lists chats once each, with numbers and ids of one person in one row', async () => {
    const { data, meta } = await world.services.chats.list({ ...list, response_format: 'detailed' });
    assert.deepEqual([data.total, data.has_more], [6, false]);
    assert.deepEqual(
      data.chats.filter(({ archived }) => archived).map(({ name }) => name),
      ['Carla'],
    );
    const one = data.chats.find(({ jid }) => jid === anna.lid);
    assert.deepEqual(new Set(one?.aliases), new Set([anna.lid, anna.pn]));
    assert.deepEqual(
      [one?.unread_count, one?.message_count, one?.messages_last_hour, one?.phone],
      [3, 4, 0, '+4915112345678'],
    );
    assert.equal(meta?.freshness, '2026-03-02T10:00:00+01:00');
  });

  it('filters, and walks by cursor and by page', async () => {
    const names = async (change: Partial<ListChatsRequest>) =>
      (await world.services.chats.list({ ...list, ...change })).data.chats.map(({ name }) => name);
    assert.deepEqual(await names({ groups_only: true }), ['Garden', 'Book club']);
    assert.deepEqual(await names({ unread_only: true }), ['Book club', 'Anna Müller']);
    assert.deepEqual(await names({ archived: true }), ['Carla']);
    assert.deepEqual(await names({ query: 'müll' }), ['Anna Müller']);
    assert.deepEqual(await names({ query: 'carla' }), ['Carla', 'Carla']);
    const all = await names({ sort_by: 'name' });
    const walked: (string | undefined)[] = [];
    let cursor: string | undefined;
    do {
      const { data } = await world.services.chats.list({
        ...list,
        sort_by: 'name',
        limit: 4,
        ...(cursor === undefined ? {} : { cursor }),
      });
      walked.push(...data.chats.map(({ name }) => name));
      cursor = data.next_cursor;
    } while (cursor !== undefined && walked.length < 20);
    assert.deepEqual(walked, all);
    assert.deepEqual(await names({ sort_by: 'name', limit: 3, page: 1 }), all.slice(3));
    assert.deepEqual(await names({ sort_by: 'name', offset: 2 }), all.slice(2));
    await failsWith('VALIDATION_ERROR', () => world.services.chats.list({ ...list, page: 1, offset: 2 }));
    await failsWith('INVALID_CURSOR', () => world.services.chats.list({ ...list, cursor: 'x' }));
  });

  it('says why a list is empty', async () => {
    const { data } = await world.services.chats.list({ ...list, query: 'zebra' });
    assert.deepEqual([data.chats, data.reason], [[], 'FILTER_EXCLUDES_ALL']);
  });

  it('shows one chat, and near ones when there is none', async () => {
    const { data } = await world.services.chats.get({ chat: 'Book club', include_last_message: false });
    assert.deepEqual(
      [data.chat.participants_count, data.chat.description, data.chat.history_end, data.chat.last_message],
      [3, 'We read.', 'more-on-phone', undefined],
    );
    await failsWith('RECIPIENT_AMBIGUOUS', () =>
      world.services.chats.get({ chat: 'Carla', include_last_message: true }),
    );
    await failsWith('CHAT_NOT_FOUND', () =>
      world.services.chats.get({ chat: dora.pn, include_last_message: true }),
    );
  });

  it('finds the newest message with or from a person, wherever it was', async () => {
    const last = async (contact: string) => (await world.services.chats.lastInteraction({ contact })).data;
    assert.equal((await last('Bert')).message?.id, 'PLANTS00000000001');
    assert.equal((await last(anna.pn)).message?.id, 'PHOTO000000000001');
    assert.deepEqual([(await last('Dora')).found, (await last('Dora')).reason], [false, 'NO_RESULTS']);
    await failsWith('CONTACT_NOT_FOUND', () => last('Nobody'));
  });

  it('counts the last hour only for chats that were active in it', async () => {
    await world.learn([message('120363000000000099@g.us', NOW_SECONDS - START_SECONDS - 60, 'just now')]);
    const { data } = await world.services.chats.list({ ...list, response_format: 'detailed', limit: 1 });
    assert.deepEqual(
      data.chats.map(({ messages_last_hour }) => messages_last_hour),
      [1],
    );
  });
});

describe('chats, asked live', () => {
  let world: World;
  const open = async (answer: () => Promise<{ groups: GroupInfo[] }>) => {
    world = await createWorld({ commands: { 'group.read': answer } });
  };
  afterEach(() => world.close());
  const get = async (chat: string, live: boolean) =>
    (await world.services.chats.get({ chat, live, include_last_message: false })).data.chat;

  it('shows a group as WhatsApp has it now', async () => {
    const now = groupInfo(club, 'Book club 2', { description: 'We read more.', size: 9 });
    await open(() => Promise.resolve({ groups: [now] }));
    const live = await get(club, true);
    assert.deepEqual(
      [live.source, live.name, live.participants_count, live.description],
      ['live', 'Book club 2', 9, 'We read more.'],
    );
    const stored = await get(club, false);
    assert.deepEqual([stored.source, stored.name], ['stored', 'Book club']);
    assert.equal((await get(anna.pn, true)).source, 'stored');
  });

  it('falls back to the store and says why', async () => {
    await open(() => Promise.reject(new TandemError('NOT_GROUP_MEMBER')));
    const { source, live_error, name } = await get(club, true);
    assert.deepEqual([source, live_error, name], ['stored', 'NOT_GROUP_MEMBER', 'Book club']);
    const { data, meta } = await world.services.chats.list({ ...list, refresh: true });
    assert.deepEqual([data.refresh_error, meta?.degraded, data.total], ['NOT_GROUP_MEMBER', true, 6]);
  });

  it('lists what a refresh brought into the store', async () => {
    const renamed = groupInfo(club, 'Readers');
    await open(() => {
      setTimeout(() => void world.learn([{ kind: 'group', group: renamed }]), 100);
      return Promise.resolve({ groups: [renamed] });
    });
    world.clock.advance(2_000);
    const { data } = await world.services.chats.list({ ...list, refresh: true, groups_only: true });
    assert.equal(data.refreshed_groups, 1);
    assert.ok(data.chats.some(({ name }) => name === 'Readers'));
  });
});

describe('marking a chat read', () => {
  let world: World | null = null;
  let receipts: MessageRef[] = [];
  let anchors: string[] = [];
  const open = async (options: Parameters<typeof createWorld>[0] = {}) => {
    receipts = [];
    anchors = [];
    world = await createWorld({
      commands: {
        'chat.markRead': ({ newest }) => {
          anchors.push(newest.id);
          return Promise.resolve({ patched: true, sendersTold: false });
        },
        'message.markRead': ({ messages }) => {
          receipts.push(...messages);
          return Promise.resolve({ receiptsSent: 1 });
        },
      },
      ...options,
    });
    return world;
  };
  afterEach(async () => {
    await world?.close();
    world = null;
  });
  const unread = async (chat: string) =>
    (await world?.services.chats.get({ chat, include_last_message: false }))?.data.chat.unread_count;

  it('tells own devices by the newest message, and each author of unread ones', async () => {
    const { services } = await open();
    const { data, meta } = await services.markChatRead({ chat: 'Book club' });
    assert.deepEqual(anchors, ['LIKE0000000000001']);
    assert.deepEqual(
      receipts.map(({ id, sender, chat }) => [id, sender, chat]),
      [
        ['LONG0000000000001', bert.lid, club],
        ['BOOK0000000000001', bert.lid, club],
      ],
    );
    assert.deepEqual(data, {
      chat_jid: club,
      chat_name: 'Book club',
      marked_count: 2,
      messages_told: 2,
      not_in_history: 0,
      receipts_sent: 1,
      receipts: 'sent',
    });
    assert.equal(meta?.engine, 'baileys');
    assert.equal(await unread(club), 0);
    assert.equal((await services.markChatRead({ chat: club })).data.receipts, 'none-needed');
  });

  it('sends receipts for many messages in several commands', async () => {
    const { services, learn } = await open();
    await learn(Array.from({ length: 700 }, (_, n) => message('77@lid', n, `new ${n}`, { via: 'live' })));
    const { data } = await services.markChatRead({ chat: '77@lid' });
    assert.deepEqual([data.marked_count, data.receipts_sent, receipts.length], [700, 2, 700]);
  });

  it('keeps receipts back where the setting says so', async () => {
    const { services } = await open({ config: { readReceipts: false } });
    const { data } = await services.markChatRead({ chat: anna.pn });
    assert.deepEqual([data.receipts, data.receipts_sent, receipts.length], ['off', 0, 0]);
    assert.equal(await unread(anna.pn), 0);
  });

  it('changes nothing in the store when WhatsApp was not told', async () => {
    const { services } = await open({
      commands: { 'chat.markRead': () => Promise.reject(new TandemError('NOT_CONNECTED')) },
    });
    await failsWith('NOT_CONNECTED', () => services.markChatRead({ chat: club }));
    assert.equal(await unread(club), 2);
    await failsWith('CHAT_NOT_FOUND', () => services.markChatRead({ chat: 'Nowhere' }));
  });

  it('is done although not all senders could be told, and says so', async () => {
    const { services } = await open({
      commands: {
        'chat.markRead': () => Promise.resolve({ patched: true, sendersTold: false }),
        'message.markRead': () => Promise.reject(new TandemError('NOT_CONNECTED')),
      },
    });
    const { data, meta } = await services.markChatRead({ chat: club });
    assert.deepEqual(
      [data.marked_count, data.receipts, data.receipts_sent, data.receipts_error],
      [2, 'failed', 0, 'NOT_CONNECTED'],
    );
    assert.deepEqual([meta?.degraded, meta?.degraded_reason], [true, 'receipts: NOT_CONNECTED']);
    assert.equal(await unread(club), 0);
  });

  it('asks for no receipts of an engine that told the senders by itself', async () => {
    const { services } = await open({
      commands: { 'chat.markRead': () => Promise.resolve({ patched: true, sendersTold: true }) },
    });
    const { data } = await services.markChatRead({ chat: club });
    assert.deepEqual([data.receipts, data.receipts_sent, receipts.length], ['sent', 1, 0]);
  });

  it('has nothing to do in a chat without messages', async () => {
    const { services } = await open();
    const { data } = await services.markChatRead({ chat: 'Neighbours' });
    assert.deepEqual([data.notice, anchors.length], ['EMPTY_CHAT', 0]);
  });
});
