import assert from 'node:assert/strict';
import { openOf } from '../backfill/progress.ts';
import { openHistoryWorld } from '../testing/history-world.ts';
import type { HistoryArgs } from './history.ts';

const ALL: HistoryArgs = { chats: null, maxMessages: null, until: null, engine: null };
const PAGES_BEFORE_THE_END = 4;

describe('the parts of a job that fetches history', () => {
  it('say what came for them, also for the one under way when it was cancelled', async () => {
    const { world, phone } = await openHistoryWorld();
    try {
      const { id } = await world.start('history', { ...ALL });
      const page = phone.commands['history.page'];
      world.commands = {
        'history.page': async (input, signal) => {
          const output = await page?.(input, signal);
          if (phone.asked.length === PAGES_BEFORE_THE_END) await world.jobs.cancel(id, null);
          return output ?? assert.fail('there is no page');
        },
      };
      const life = await world.live();
      const { state } = await life.run(id);
      const parts = (await world.history.jobs.items(id)).map((item) => [item.state, item.done]);
      assert.deepEqual(
        [state, parts],
        [
          'cancelled',
          [
            ['done', 120],
            ['cancelled', 50],
            ['cancelled', 0],
          ],
        ],
      );
      // Resumed, it has these two before it: what it says to be left counts with them.
      assert.equal(openOf(await world.history.backfills.counts(id)), 2);
    } finally {
      await world.close();
    }
  });
});
