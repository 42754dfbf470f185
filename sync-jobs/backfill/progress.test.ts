import assert from 'node:assert/strict';
import { factsOf } from './progress.ts';

const NONE = { queued: 0, running: 0, done: 0, failed: 0, skipped: 0, cancelled: 0 };
const tally = (fetched: number) => ({ pages: 1, fetched, added: fetched, deduplicated: 0 });
const MINUTE_MS = 60_000;

describe('how far a history job says that it is', () => {
  const left = (chats: Partial<typeof NONE>, asked: { readonly fetched: number; readonly open: number }) =>
    factsOf({ ...NONE, ...chats }, asked, tally(600), 0, MINUTE_MS).seconds_left;

  it('estimates from chats that it has fetched, not from those that were complete before', () => {
    assert.equal(left({ queued: 17, done: 4 }, { fetched: 0, open: 17 }), null);
    assert.equal(left({ queued: 17, done: 4 }, { fetched: 2, open: 17 }), null);
    assert.equal(left({ queued: 17, done: 40 }, { fetched: 3, open: 17 }), 17 * 20);
  });

  it('counts no time for chats that need none, and says nothing where it cannot know which they are', () => {
    assert.equal(left({ queued: 17, done: 6 }, { fetched: 3, open: 2 }), 2 * 20);
    assert.equal(left({ queued: 17, done: 6 }, { fetched: 3, open: 0 }), null);
    assert.equal(left({ running: 1, done: 6 }, { fetched: 3, open: 5 }), 20);
    assert.equal(left({ done: 6 }, { fetched: 3, open: 0 }), 0);
  });

  it('says no rate before there is one', () => {
    const rate = (fetched: number, workedMs: number) =>
      factsOf(NONE, { fetched: 0, open: 0 }, tally(fetched), 0, workedMs).messages_per_second;
    assert.equal(rate(70, 999), null);
    assert.equal(rate(70, 2_000), 35);
    assert.equal(rate(0, 2_000), 0);
  });
});
