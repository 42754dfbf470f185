import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openBench } from '../test-support.ts';
import { dump, flaws, type Sight, sights } from '../test-world.ts';

/** Ingests in batches of some observations each; returns everything that is known then. */
async function stateAfter(seen: readonly Sight[], batchSize: number): Promise<unknown> {
  const bench = await openBench();
  try {
    for (let at = 0; at < seen.length; at += batchSize)
      for (const engine of ['baileys', 'webjs'] as const) {
        const part = seen.slice(at, at + batchSize).filter((one) => one.engine === engine);
        if (part.length > 0)
          await bench.ingest(
            part.map((one) => one.observation),
            engine,
          );
      }
    assert.deepEqual(flaws(bench.file), []);
    return dump(bench.file);
  } finally {
    await bench.close();
  }
}

describe('merge rules', function () {
  this.retries(0);
  it('come to the same history in whatever order, batches and number of times things are seen', async function () {
    this.timeout(120_000);
    const orders = sights.chain((seen) =>
      fc.record({
        seen: fc.constant(seen),
        other: fc.shuffledSubarray([...seen, ...seen], {
          minLength: seen.length * 2,
          maxLength: seen.length * 2,
        }),
        batchSize: fc.integer({ min: 1, max: 20 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(orders, async ({ seen, other, batchSize }) => {
        assert.deepEqual(await stateAfter(other, batchSize), await stateAfter(seen, 7));
      }),
      { seed: 20_261_121, numRuns: 60 },
    );
  });
});
