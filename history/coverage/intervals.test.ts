import assert from 'node:assert/strict';
import fc from 'fast-check';
import { gapsOf } from './gaps.ts';
import { above, type Interval, isClaim, type Span, unite, withLive } from './intervals.ts';

const END = 24;
const span = fc
  .tuple(fc.integer({ min: 0, max: END }), fc.integer({ min: 0, max: 8 }))
  .map(([from, length]): Span => ({ from, to: Math.min(END, from + length) }));
const asInterval = ({ from, to }: Span): Interval => ({ from, to, sources: 2, bottom: null, below: null });
/** Seconds that are claimed. */
const secondsOf = (spans: readonly Span[]) =>
  [
    ...new Set(
      spans.flatMap(({ from, to }) => Array.from({ length: to - from }, (_none, n) => from + 1 + n)),
    ),
  ].sort((a, b) => a - b);
const ascending = <T extends Span>(list: readonly T[]) =>
  [...list].sort((a, b) => a.from - b.from || a.to - b.to);
const united = (spans: readonly Span[]) =>
  ascending(spans.reduce<readonly Interval[]>((all, one) => unite(all, asInterval(one)), []));
const isApart = (list: readonly Span[]) =>
  list.every((one, at) => at === 0 || (list[at - 1]?.to ?? 0) < one.from);

describe('intervals', () => {
  it('hold the same seconds however they are put together, and never touch', () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 8 }), fc.array(span, { maxLength: 8 }), (own, live) => {
        const mine = united(own);
        const spans = united(live).filter(isClaim);
        assert.deepEqual(secondsOf(mine), secondsOf(own));
        assert.ok(isApart(mine));
        const both = withLive(mine, spans);
        assert.deepEqual(secondsOf(both), secondsOf([...own, ...live]));
        assert.ok(isApart(both));
      }),
    );
  });

  it('and gaps divide all time between them', () => {
    fc.assert(
      fc.property(
        fc.array(span, { maxLength: 8 }),
        fc.integer({ min: 0, max: END }),
        fc.boolean(),
        (own, floor, connected) => {
          const held = above(united(own), floor).filter(isClaim);
          const gaps = gapsOf(held, { now: END, connected, floor }).map(({ interval }) => interval);
          const top = connected ? (held.at(-1)?.to ?? END) : END;
          assert.deepEqual(
            [...secondsOf(held), ...secondsOf(gaps)].sort((a, b) => a - b),
            Array.from({ length: Math.max(top, floor) }, (_none, n) => n + 1),
          );
          assert.ok(held.every(({ from }) => from >= floor));
        },
      ),
    );
  });

  it('keep what is known of their lower end, and nothing of one that was passed', () => {
    const anchor = (id: string, sentAt: number) => ({ id, fromMe: false, sender: null, sentAt });
    const upper: Interval = {
      ...asInterval({ from: 10, to: 20 }),
      bottom: anchor('A', 10),
      below: 'phone-silent',
    };
    const lower: Interval = { ...asInterval({ from: 5, to: 10 }), bottom: anchor('B', 5) };
    assert.deepEqual(unite([upper], lower), [
      { from: 5, to: 20, sources: 2, bottom: anchor('B', 5), below: null },
    ]);
    const same: Interval = { ...asInterval({ from: 10, to: 10 }), bottom: anchor('C', 10) };
    assert.deepEqual(unite([upper], same)[0]?.bottom?.id, 'C');
    assert.deepEqual(unite([upper], { ...same, bottom: anchor('D', 11) })[0]?.bottom?.id, 'A');
    assert.equal(withLive([upper], [{ from: 10, to: 30 }])[0]?.below, 'phone-silent');
    assert.equal(withLive([upper], [{ from: 8, to: 30 }])[0]?.below, 'engine-offline');
  });
});
