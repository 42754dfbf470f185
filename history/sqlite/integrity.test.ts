import assert from 'node:assert/strict';
import { createFixedClock } from '#kernel/clock.ts';
import { type Bench, message, openBench, T0 } from '../test-support.ts';
import { openDatabase, type Store } from './database.ts';
import { createSearch } from './search.ts';

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

  it('reads one state of the file apart from the other readers, whatever is written meanwhile', async () => {
    const store = await openDatabase({ file: bench.file, clock: createFixedClock(T0 * 1_000) });
    const count = `SELECT COUNT(*) AS n FROM messages`;
    const seen = await store.readApart(async (sql) => {
      const before = sql.get<{ n: number }>(count)?.n;
      await bench.ingest([message({ id: 'A1' })]);
      return [before, sql.get<{ n: number }>(count)?.n, (await bench.history.overview()).messages];
    });
    assert.deepEqual(seen, [0, 0, 1]);
    await store.close();
    await assert.rejects(
      store.readApart(() => null),
      { code: 'DATABASE_ERROR' },
    );
  });

  it('an index error that a fresh connection does not have leaves the index in use', async () => {
    await bench.ingest([message({ id: 'A1', text: 'the umbrella' }), message({ id: 'A2', text: 'another' })]);
    const store = await openDatabase({ file: bench.file, clock: createFixedClock(T0 * 1_000) });
    const broken: unknown[] = [];
    const search = createSearch({
      store: failingIndex(store),
      timeZone: 'UTC',
      usable: () => true,
      onBroken: (cause) => broken.push(cause),
    });
    const found = await search.run({ text: 'umbrella', mode: 'auto', limit: 9 });
    assert.deepEqual([found.degraded, found.hits.map((hit) => hit.message.id), broken], [null, ['A1'], []]);
    await store.close();
  });
});

/** The long-lived reader fails at every look into the index. */
function failingIndex(store: Store): Store {
  return {
    ...store,
    read: (work) =>
      store.read((sql) =>
        work({
          ...sql,
          all: (text, ...params) => {
            if (text.includes('MATCH'))
              throw Object.assign(new Error('fts5: corruption found'), { code: 'SQLITE_CORRUPT_VTAB' });
            return sql.all(text, ...params);
          },
        }),
      ),
  };
}
