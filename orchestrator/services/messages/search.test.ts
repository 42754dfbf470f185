import assert from 'node:assert/strict';
import { club, message, NOW_SECONDS, START_SECONDS } from '../testing/sample-history.ts';
import { createWorld, type World } from '../testing/world.ts';

describe('a search that finds nothing', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  const sendsForHistory = async (chat?: string) => {
    const { data } = await world.services.messages.search({
      query: 'zebra',
      mode: 'auto',
      include_context: false,
      response_format: 'concise',
      limit: 5,
      ...(chat === undefined ? {} : { chat }),
    });
    return data.suggestions?.some((one) => one.includes('Older history'));
  };

  it('sends nobody for older history when everything is held that is to be kept', async () => {
    assert.deepEqual([await sendsForHistory(), await sendsForHistory('Book club')], [true, true]);
    await world.learn([
      { kind: 'connection', level: 'ready', reason: 'none', at: NOW_SECONDS - 100 },
      message(club, NOW_SECONDS - START_SECONDS - 30, 'kept', { via: 'live' }),
    ]);
    assert.equal(await sendsForHistory('Book club'), true);
    await world.history.maintenance.purge(NOW_SECONDS - 60, 1_000);
    assert.deepEqual([await sendsForHistory(), await sendsForHistory('Book club')], [false, false]);
  });
});
