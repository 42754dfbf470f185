import assert from 'node:assert/strict';
import fc from 'fast-check';
import { backoffMs } from './backoff.ts';

describe('engine kit: backoff', () => {
  it('doubles up to the most', () => {
    assert.deepEqual(
      [1, 2, 3, 4].map((n) => backoffMs(n, 'normal', 1)),
      [1_000, 2_000, 4_000, 8_000],
    );
    assert.equal(backoffMs(50, 'normal', 1), 60_000);
    assert.equal(backoffMs(1, 'slow', 1), 5_000);
    assert.equal(backoffMs(50, 'slow', 1), 300_000);
  });

  it('is never shorter than half and never longer than the whole', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
        const whole = backoffMs(attempt, 'normal', 1);
        const pause = backoffMs(attempt, 'normal', random);
        return pause >= whole / 2 && pause <= whole;
      }),
    );
  });
});
