import assert from 'node:assert/strict';
import { anna, club, garden } from '#orchestrator/services/testing/sample-history.ts';
import { createWorld, type World } from '#orchestrator/services/testing/world.ts';
import { createLikelyChats } from './likely-chats.ts';

const LEASE_MS = 60_000;

describe('chats in whose older history something may be', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  const jids = async (query: string, limit = 10) => {
    const { history, resolver } = world.services.parts;
    const found = await createLikelyChats({ history, resolver, timeZone: 'UTC' }).of(query, limit);
    return found.map(({ jid }) => jid);
  };
  const clubId = async () => (await world.history.chats.byJid(club))?.id ?? assert.fail('no club');

  it('are those that the query names, and no others then', async () => {
    assert.deepEqual(await jids('in:"Book club" zeppelin'), [club]);
    assert.deepEqual(await jids('in:Nowhere zeppelin'), []);
    // Her own chat, and the groups that she is in.
    assert.deepEqual(await jids(`from:${anna.pn} zeppelin`), [garden, club, anna.lid]);
  });

  it('are those with a word in their name', async () => {
    assert.deepEqual(await jids('zeppelin book'), [club]);
  });

  it('are the most recently active ones, when nothing is named', async () => {
    const recent = await world.history.chats.list({
      sort: 'last_active',
      kinds: ['direct', 'group'],
      limit: 2,
    });
    assert.deepEqual(
      await jids('zeppelin', 2),
      recent.items.map(({ jid }) => jid),
    );
  });

  it('are not those where the phone has nothing more', async () => {
    const { backfills } = world.history;
    const id = await clubId();
    await backfills.begin('job', [id]);
    await backfills.claim(id, 'worker', LEASE_MS);
    await backfills.move(id, 'worker', { state: 'exhausted', reason: 'nothing-older-came' });
    assert.deepEqual(await jids('in:"Book club" zeppelin'), []);
    assert.ok(!(await jids('zeppelin')).includes(club));
  });
});
