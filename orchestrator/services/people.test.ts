import assert from 'node:assert/strict';
import { failsWith } from './testing/errors.ts';
import { anna, bert } from './testing/sample-history.ts';
import { createWorld, type World } from './testing/world.ts';

describe('contacts', () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world.close());
  const search = async (query: string, limit = 20, include_chats = false) =>
    (await world.services.people.search({ query, limit, include_chats })).data;

  it('finds people by name and number, never groups', async () => {
    const found = await search('müller');
    assert.deepEqual(found.contacts, [
      {
        jid: anna.lid,
        lid: anna.lid,
        number: '+4915112345678',
        name: 'Anna Müller',
        push_name: 'anni',
        is_my_contact: true,
        is_business: false,
        has_chat: true,
      },
    ]);
    assert.deepEqual((await search('club')).contacts, []);
    assert.equal((await search('4915112345678')).contacts[0]?.jid, anna.lid);
  });

  it('shows names without what cannot be seen', async () => {
    assert.deepEqual(
      (await search('bert')).contacts.map(({ name }) => name),
      ['Bert'],
    );
  });

  it('adds the chats of the one person that fits', async () => {
    const one = await search('bert', 20, true);
    assert.ok(one.chats?.some(({ name }) => name === 'Garden'));
    assert.equal((await search('carla', 20, true)).chats, undefined);
  });

  it('says when there are more, and why there are none', async () => {
    const some = await search('carla', 1);
    assert.deepEqual([some.contacts.length, some.has_more], [1, true]);
    const none = await search('zebra');
    assert.deepEqual([none.contacts, none.reason], [[], 'NO_RESULTS']);
    await failsWith('QUERY_TOO_LONG', () => search('x'.repeat(501)));
  });

  it('ranks whom a name may mean', async () => {
    const resolve = async (query: string) =>
      (await world.services.people.resolve({ query, limit: 5 })).data.matches.map(
        ({ contact, score, matched_by }) => [contact.jid, score, matched_by],
      );
    assert.deepEqual(await resolve('Anna Müller'), [[anna.lid, 100, 'name']]);
    assert.deepEqual(await resolve('anni'), [[anna.lid, 95, 'pushname']]);
    assert.deepEqual(await resolve('+49 151 12345678'), [[anna.lid, 100, 'number']]);
    assert.deepEqual(await resolve(bert.lid), [[bert.lid, 60, 'id']]);
  });
});
