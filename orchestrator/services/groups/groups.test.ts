import assert from 'node:assert/strict';
import { TandemError } from '#kernel/errors.ts';
import { failsWith } from '../testing/errors.ts';
import {
  anna,
  announcements,
  bert,
  club,
  community,
  dora,
  garden,
  group,
  groupInfo,
  me,
} from '../testing/sample-history.ts';
import { createWorld, type World, type WorldOptions } from '../testing/world.ts';

describe('groups', () => {
  let world: World;
  const open = async (options: WorldOptions = {}) => {
    world = await createWorld(options);
  };
  afterEach(() => world.close());
  const info = async (name: string, source: 'auto' | 'live' | 'cached' = 'auto', participant_limit = 100) => {
    const { data } = await world.services.groups.info({ group: name, source, participant_limit });
    return data.group;
  };

  it('shows a group live, with the names that the store knows', async () => {
    await open({
      commands: {
        'group.read': ({ group: jid = '' }) =>
          Promise.resolve({
            groups: [
              groupInfo(jid, 'Book club 2', {
                members: [
                  { jid: '555@lid', role: 'member' },
                  { jid: anna.lid, role: 'admin' },
                  { jid: bert.lid, role: 'owner' },
                ],
              }),
            ],
          }),
      },
    });
    const shown = await info('book club');
    assert.deepEqual([shown.source, shown.name, shown.participants_total], ['live', 'Book club 2', 3]);
    assert.deepEqual(
      shown.participants.map(({ jid, name, role, phone }) => [jid, name, role, phone]),
      [
        [bert.lid, 'Bert', 'owner', undefined],
        [anna.lid, 'Anna Müller', 'admin', '+4915112345678'],
        ['555@lid', undefined, 'member', undefined],
      ],
    );
    assert.equal((await info(club, 'live', 1)).participants.length, 1);
    assert.equal((await info(club, 'cached')).name, 'Book club');
  });

  it('falls back to what is stored, and says why', async () => {
    await open({ commands: { 'group.read': () => Promise.reject(new TandemError('NOT_GROUP_MEMBER')) } });
    const shown = await info(club);
    assert.deepEqual(
      [shown.source, shown.live_error, shown.cached_at !== undefined],
      ['cached', 'NOT_GROUP_MEMBER', true],
    );
    assert.deepEqual(
      shown.participants.map(({ role, is_me }) => [role, is_me]),
      [
        ['owner', undefined],
        ['admin', true],
        ['member', undefined],
      ],
    );
    await failsWith('NOT_GROUP_MEMBER', () => info(club, 'live'));
    await failsWith('NOT_GROUP_MEMBER', () => info('120363999999999999@g.us'));
  });

  it('refuses what is no group', async () => {
    await open();
    await failsWith('GROUP_NOT_FOUND', () => info('Nowhere', 'cached'));
    await failsWith('GROUP_NOT_FOUND', () => info('120363999999999999@g.us', 'cached'));
    await failsWith('INVALID_JID', () => info(dora.pn));
    await failsWith('INVALID_JID', () => info('+4915112345678'));
    await failsWith('RECIPIENT_AMBIGUOUS', async () => {
      await world.learn([group('120363000000000077@g.us', 'Book club')]);
      await info('Book club');
    });
  });

  it('lists groups with own role and community, page by page', async () => {
    await open();
    const all = await world.services.groups.list({ limit: 20, include_last_message: true });
    assert.deepEqual(
      all.data.groups.map(({ jid, my_role, community_jid }) => [jid, my_role, community_jid]),
      [
        [garden, 'admin', community],
        [club, 'admin', undefined],
        [announcements, 'admin', community],
      ],
    );
    assert.equal(all.data.groups[0]?.last_message?.preview, 'Water the plants');
    const first = await world.services.groups.list({ limit: 2, include_last_message: false });
    assert.deepEqual([first.data.total, first.data.has_more], [3, true]);
    const second = await world.services.groups.list({
      limit: 2,
      include_last_message: false,
      cursor: first.data.next_cursor,
    });
    assert.deepEqual(
      [second.data.groups.map(({ jid }) => jid), second.data.has_more],
      [[announcements], false],
    );
    await failsWith('INVALID_CURSOR', () =>
      world.services.groups.communities({ limit: 2, cursor: first.data.next_cursor }),
    );
  });

  it('lists communities and the groups of one', async () => {
    await open();
    const list = await world.services.groups.communities({ limit: 20 });
    assert.deepEqual(list.data.communities, [{ jid: community, name: 'Neighbours', group_count: 2 }]);
    const none = await world.services.groups.communities({ limit: 20, query: 'zebra' });
    assert.deepEqual([none.data.total, none.data.reason], [0, 'FILTER_EXCLUDES_ALL']);
    const groups = await world.services.groups.ofCommunity({ community: 'neighbours', limit: 100 });
    assert.deepEqual(
      new Set(groups.data.groups.map(({ jid, is_announcement }) => `${jid} ${is_announcement}`)),
      new Set([`${announcements} true`, `${garden} false`]),
    );
    await failsWith('NOT_A_COMMUNITY', () =>
      world.services.groups.ofCommunity({ community: club, limit: 100 }),
    );
    await failsWith('INVALID_JID', () => world.services.groups.ofCommunity({ community: me.pn, limit: 100 }));
    await failsWith('COMMUNITY_NOT_FOUND', () =>
      world.services.groups.ofCommunity({ community: 'Nowhere', limit: 100 }),
    );
  });

  it('asks WhatsApp for a community that the store has not met', async () => {
    const known = '120363000000000050@g.us';
    await open({
      commands: {
        'community.read': ({ community: jid }) =>
          jid === known
            ? Promise.resolve({
                communities: [
                  {
                    info: groupInfo(known, 'New one', { isCommunity: true }),
                    groups: [groupInfo(garden, 'Garden', { community: known })],
                  },
                ],
              })
            : Promise.reject(new TandemError('ENGINE_TIMEOUT')),
      },
    });
    const { data } = await world.services.groups.ofCommunity({ community: known, limit: 100 });
    assert.deepEqual([data.community.name, data.groups.map(({ name }) => name)], ['New one', ['Garden']]);
    const error = await failsWith('COMMUNITY_NOT_FOUND', () =>
      world.services.groups.ofCommunity({ community: '120363000000000051@g.us', limit: 100 }),
    );
    assert.equal(error.details?.live_error, 'ENGINE_TIMEOUT');
  });
});
