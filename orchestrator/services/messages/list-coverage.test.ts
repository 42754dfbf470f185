import assert from 'node:assert/strict';
import type { ChatCoverage } from '#history/contracts/coverage.ts';
import type { ChatRecord } from '#history/contracts/records.ts';
import { createFixedClock } from '#kernel/clock.ts';
import { createTimes } from '../present/times.ts';
import { coverageOfRange, rangeOfPage, whyNothing } from './list-coverage.ts';

const times = createTimes('UTC');
const at = (...seconds: readonly number[]) => seconds.map((sentAt) => ({ sentAt }));

/** Held (100, 200] and (300, 400]; the phone has not proven the start. */
const claimed: ChatCoverage = {
  chatId: 1,
  held: [
    { from: 300, to: 400, sources: ['live'] },
    { from: 100, to: 200, sources: ['push'] },
  ],
  missing: [
    { from: 200, to: 300, reason: 'engine-offline', askable: true },
    { from: 0, to: 100, reason: 'never-pushed', askable: true },
  ],
  startProven: false,
  complete: false,
  purgedBefore: null,
};
const over = (coverage: ChatCoverage) =>
  ({
    history: { coverage: { ofChat: () => Promise.resolve(coverage) } },
    times,
    clock: createFixedClock(400_000),
  }) as unknown as Parameters<typeof coverageOfRange>[0];
const context = over(claimed);
const reasons = async (since: number | null, until: number | null) =>
  (await coverageOfRange(context, { id: 1 } as ChatRecord, { since, until })).missing.map(
    ({ reason }) => reason,
  );

describe('coverage of a list', () => {
  it('is about the time that a page shows, cut off where more follows or came before', () => {
    const asked = { since: 10, until: 90 };
    const range = (order: 'newest' | 'oldest', shown: readonly number[], isFirst: boolean, isLast: boolean) =>
      rangeOfPage(asked, { order, shown: at(...shown), isFirst, isLast });
    assert.deepEqual(range('newest', [80, 50], true, true), { since: 10, until: 90 });
    assert.deepEqual(range('newest', [80, 50], true, false), { since: 50, until: 90 });
    assert.deepEqual(range('newest', [40, 20], false, true), { since: 10, until: 41 });
    assert.deepEqual(range('oldest', [20, 40], true, false), { since: 10, until: 41 });
    assert.deepEqual(range('oldest', [50, 80], false, true), { since: 50, until: 90 });
    assert.deepEqual(range('newest', [], true, true), { since: 10, until: 90 });
    const open = { order: 'newest', shown: [], isFirst: true, isLast: true } as const;
    assert.deepEqual(rangeOfPage({}, open), { since: null, until: null });
  });

  it('names the holes that the time touches, to the second', async () => {
    assert.deepEqual(await reasons(null, null), ['engine-offline', 'never-pushed']);
    assert.deepEqual(await reasons(301, null), []);
    assert.deepEqual(await reasons(300, null), ['engine-offline']);
    assert.deepEqual(await reasons(101, 201), []);
    assert.deepEqual(await reasons(101, 202), ['engine-offline']);
    assert.deepEqual(await reasons(100, 201), ['never-pushed']);
  });

  it('does not call missing what was deleted on purpose', async () => {
    const purged = over({
      ...claimed,
      missing: [
        { from: 200, to: 300, reason: 'engine-offline', askable: true },
        { from: 0, to: 100, reason: 'purged', askable: false },
      ],
      purgedBefore: 101,
    });
    const told = (since: number | null, until: number | null) =>
      coverageOfRange(purged, { id: 1 } as ChatRecord, { since, until });
    const { complete, missing, purged_before } = await told(50, 150);
    assert.deepEqual([complete, missing, purged_before], [true, [], times.iso(101)]);
    assert.equal((await told(101, 150)).purged_before, undefined);
    assert.equal((await told(null, null)).complete, false);
  });

  it('tells an empty list of a time that is not held from one that is', async () => {
    const chat = { id: 1 } as ChatRecord;
    const why = (since: number | null, until: number | null, byTimeAlone = true) =>
      whyNothing(context, chat, { since, until }, byTimeAlone);
    assert.equal(await why(101, 201), null);
    assert.equal(await why(10, 90), 'NOT_FETCHED');
    assert.equal(await why(10, 90, false), 'NOT_FETCHED', 'whatever else was asked for');
    assert.equal(await why(10, 150), 'NOT_FETCHED');
    assert.equal(await why(10, 150, false), null, 'of what is held the other filters say something');
    const purged = over({
      ...claimed,
      missing: [{ from: 0, to: 100, reason: 'purged', askable: false }],
      purgedBefore: 101,
    });
    for (const byTimeAlone of [true, false])
      assert.equal(await whyNothing(purged, chat, { since: 10, until: 90 }, byTimeAlone), 'PURGED');
    assert.equal(await whyNothing(purged, chat, { since: 10, until: 150 }, true), 'PURGED');
    assert.equal(await whyNothing(purged, chat, { since: 120, until: 150 }, true), null);
  });

  it('says from where on everything is held', async () => {
    const all = await coverageOfRange(context, { id: 1 } as ChatRecord, { since: 350, until: null });
    assert.deepEqual(all, { complete: true, held_from: times.iso(300), missing: [], start_proven: false });
  });
});
