import assert from 'node:assert/strict';
import { type Bench, createBench } from './testing/bench.ts';

describe('webjs/intake', function () {
  this.timeout(60_000);
  let bench: Bench;
  before(async () => {
    bench = await createBench();
    await bench.synced();
  });
  after(() => bench.close());

  it('tells everything that the page holds once', () => {
    const told = bench.of('message').map((one) => `${one.chat} ${one.id} ${one.fromMe} ${one.sender}`);
    assert.equal(new Set(told).size, told.length, 'told twice');
    const ids = new Set(bench.of('message').map((one) => one.id));
    const pushed = [...bench.simulator.oracle.messages()].filter((one) => one.pushed).map((one) => one.id);
    assert.deepEqual(
      pushed.filter((id) => !ids.has(id)),
      [],
    );
  });
});
