import assert from 'node:assert/strict';
import { sampleMessage } from '#engines/contract/samples.ts';
import { type Bench, openBench } from '../test-support.ts';

const DAY_MS = 86_400_000;

describe('notes of work that is done', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench();
  });
  afterEach(() => bench.close());

  const seconds = () => Math.floor(bench.clock.now() / 1_000);
  const setAside = (seq: number) =>
    bench.history.ingest.apply({
      engine: 'baileys',
      outboxId: 'notes',
      seq,
      observations: [sampleMessage(seq)],
      quarantined: [{ seq, problem: 'not JSON', json: '{"half' }],
    });

  it('are deleted up to a time, what was kept aside only on demand, and messages never', async () => {
    await setAside(1);
    bench.clock.advance(DAY_MS);
    const between = seconds();
    await setAside(2);
    const { maintenance, ingest } = bench.history;
    assert.equal(await maintenance.quarantinedBefore(between), 1);
    const kept = await maintenance.clearNotes(between, { quarantined: false });
    assert.deepEqual([kept.quarantined, kept.bytes, await ingest.quarantinedCount()], [0, 0, 2]);
    const gone = await maintenance.clearNotes(between, { quarantined: true });
    assert.deepEqual([gone.quarantined, gone.bytes, await ingest.quarantinedCount()], [1, 6, 1]);
    assert.equal((await bench.history.overview()).messages, 2);
  });

  it('of pages are forgotten once they are old', async () => {
    const first = sampleMessage(1);
    await bench.ingest([
      { ...first, via: 'page', page: 'R' },
      {
        kind: 'history-page',
        requestId: 'R',
        chat: first.chat,
        before: null,
        oldest: null,
        messages: 1,
        end: 'more-on-phone',
      },
    ]);
    assert.notEqual(await bench.history.backfills.page('baileys', 'R'), null);
    bench.clock.advance(DAY_MS);
    assert.equal((await bench.history.maintenance.clearNotes(seconds(), { quarantined: false })).pages, 1);
    assert.equal(await bench.history.backfills.page('baileys', 'r1'), null);
  });
});
