import assert from 'node:assert/strict';
import { ANNA_PN, T0 } from '#history/test-support.ts';
import { openHistoryWorld, rowFor } from '../testing/history-world.ts';
import type { HistoryArgs } from './history.ts';

const ALL: HistoryArgs = { chats: null, maxMessages: null, until: null, engine: null };

describe('fetching older history after a purge', () => {
  it('asks for nothing that was deleted on purpose, and says so', async () => {
    const { world, phone } = await openHistoryWorld();
    try {
      const life = await world.live();
      await life.run((await world.start('history', { ...ALL })).id);
      const asked = phone.asked.length;
      await world.history.maintenance.purge(T0 - 5 * 60, 1_000);
      const job = await life.run((await world.start('history', { ...ALL })).id);
      const { complete, purged } = job.result as Record<string, number>;
      assert.deepEqual([job.reason, complete, purged, phone.asked.length], ['purged', 3, 3, asked]);
      assert.deepEqual(await rowFor(world, ANNA_PN), ['complete', 'purged']);
    } finally {
      await world.close();
    }
  });
});
