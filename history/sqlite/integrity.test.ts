import assert from 'node:assert/strict';
import { type Bench, message, openBench, T0 } from '../test-support.ts';

describe('integrity of the history', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench();
  });
  afterEach(() => bench.close());

  it('is found sound however much was written and merged since it was last asked', async () => {
    let n = 0;
    for (let round = 0; round < 12; round += 1) {
      for (let batch = 0; batch < 20; batch += 1) {
        n += 1;
        await bench.ingest([
          message({ id: `A${n}`, text: `word${n} umbrella round${round}`, sentAt: T0 + n }),
          message({ id: `B${n}`, text: `another${n} letter`, sentAt: T0 + n }),
        ]);
      }
      assert.deepEqual(await bench.history.integrity(), [], `round ${round}`);
      const found = await bench.history.search.run({ text: 'umbrella', mode: 'auto', limit: 500 });
      assert.deepEqual([found.degraded, found.hits.length], [null, n]);
    }
  });
});
