import assert from 'node:assert/strict';
import { REFERENCE_MAX_CHARS } from '#kernel/limits.ts';
import { failsWith } from '../testing/errors.ts';
import { club, garden } from '../testing/sample-history.ts';
import { createWorld, type World } from '../testing/world.ts';
import { resolveEach } from './each.ts';

describe('several chats by name', () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world.close());
  const resolve = (...typed: string[]) => resolveEach(world.services.parts.resolver, typed, 'chats');

  it('are found, each once', async () => {
    const chats = await resolve('Book club', garden, club);
    assert.deepEqual(
      chats.map(({ jid }) => jid),
      [club, garden],
    );
  });

  it('say which of them is refused, and where it stands', async () => {
    const missing = await failsWith('CHAT_NOT_FOUND', () => resolve(club, 'Nowhere', garden));
    assert.deepEqual(missing.details, { field: 'chats', candidates: [], given: 'Nowhere', place: 2 });
    const ambiguous = await failsWith('RECIPIENT_AMBIGUOUS', () => resolve(club, garden, 'a'));
    assert.deepEqual([ambiguous.details?.given, ambiguous.details?.place], ['a', 3]);
    assert.ok(Number(ambiguous.details?.matching) > 1);
    const id = await failsWith('CHAT_NOT_FOUND', () => resolve('120363000000000099@g.us'));
    assert.deepEqual(id.details, { field: 'chats', given: '120363000000000099@g.us', place: 1 });
  });

  it('say no more of it than a name may have', async () => {
    const long = await failsWith('VALIDATION_ERROR', () => resolve('x'.repeat(REFERENCE_MAX_CHARS + 50)));
    assert.equal(String(long.details?.given).length, REFERENCE_MAX_CHARS);
  });
});
