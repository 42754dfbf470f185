import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { createDeliveryLog } from './deliveries.ts';

describe('delivery log', () => {
  it('holds exactly what was recorded, in disjoint sorted ranges', () => {
    const spans = fc.array(fc.tuple(fc.nat(60), fc.nat(12)), { maxLength: 25 });
    fc.assert(
      fc.property(spans, (list) => {
        const log = createDeliveryLog();
        const want = new Set<number>();
        for (const [from, length] of list) {
          log.record('a', 'd0', from, from + length);
          for (let i = from; i < from + length; i++) want.add(i);
        }
        for (let i = 0; i < 75; i++) assert.equal(log.has('a', 'd0', i), want.has(i));
        assert.equal(log.count('a'), want.size);
        const ranges = log.ranges('a', 'd0');
        for (let i = 1; i < ranges.length; i++) assert.ok((ranges[i]?.[0] ?? 0) > (ranges[i - 1]?.[1] ?? 0));
        assert.equal(log.count('b'), 0);
        log.forget('a');
        assert.equal(log.count('a'), 0);
      }),
    );
  });
});
