import assert from 'node:assert/strict';
import { type Bench, openBench } from '../test-support.ts';

describe('sliding windows', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench();
  });
  afterEach(() => bench.close());

  it('count up to the limit, and say when one event drops out', async () => {
    const { rates } = bench.history;
    assert.deepEqual(await rates.take('a', 2, 1_000, 100), { ok: true, retryAfterMs: 0 });
    assert.deepEqual(await rates.take('a', 2, 1_000, 400), { ok: true, retryAfterMs: 0 });
    assert.deepEqual(await rates.take('a', 2, 1_000, 600), { ok: false, retryAfterMs: 500 });
    assert.equal((await rates.take('b', 2, 1_000, 600)).ok, true);
    assert.equal((await rates.take('a', 2, 1_000, 1_100)).ok, true);
  });

  it('tell when the events were, and forget them', async () => {
    const { rates } = bench.history;
    for (const at of [100, 400, 900]) await rates.take('a', 9, 10_000, at);
    await rates.take('b', 9, 10_000, 500);
    assert.deepEqual(await rates.times('a', 500, 900), [900]);
    assert.deepEqual(await rates.times('a', 501, 900), [400, 900]);
    await rates.clear('a');
    assert.deepEqual(await rates.times('a', 10_000, 900), []);
    assert.deepEqual(await rates.times('b', 10_000, 900), [500]);
  });
});
