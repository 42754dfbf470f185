import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import type { Observation } from '#engines/contract/observation.ts';
import { type Bench, message, openBench, silent, T0 } from '../test-support.ts';
import { flaws } from '../test-world.ts';
import { openHistory } from './history.ts';

const MESSAGES = 120;

const { chat, sender } = message({ id: 'any' });
const about = (id: string) => ({ chat, id, fromMe: false, sender, at: T0 });
const edit = (id: string, text: string): Observation => ({ kind: 'edit', ...about(id), text });
const revoke = (id: string): Observation => ({ kind: 'revoke', ...about(id) });

describe('rebuilding the search index', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench();
    await bench.ingest(
      Array.from({ length: MESSAGES }, (_none, n) =>
        message({ id: `A${n}`, text: `umbrella number ${n}`, sentAt: T0 - 1_000 + n }),
      ),
    );
  });
  afterEach(() => bench.close());

  const found = (text: string) => bench.history.search.run({ text, mode: 'auto', limit: 500 });
  const reopened = async (meanwhile = () => {}) => {
    await bench.history.close();
    meanwhile();
    const history = await openHistory({ file: bench.file, clock: bench.clock, logger: silent });
    bench = { ...bench, history };
  };
  const finish = async (after: number | null) => {
    let next = after;
    for (let steps = 0; steps < 100; steps += 1) {
      next = (await bench.history.maintenance.reindex(next, 25)).next;
      if (next === null) return;
    }
    assert.fail('it does not end');
  };
  const damage = (sql: string) => {
    const db = new Database(bench.file);
    db.unsafeMode(true);
    db.exec(sql);
    db.close();
  };

  it('goes on step by step, says so meanwhile, and has everything in it once', async () => {
    const { maintenance } = bench.history;
    const first = await maintenance.reindex(null, 50);
    assert.deepEqual([first.indexed, first.total], [50, MESSAGES]);
    assert.deepEqual(await maintenance.index(), { usable: false, rebuiltTo: first.next });
    // Before, at and behind the place that the rebuild has reached.
    await bench.ingest([
      message({ id: 'live', text: 'umbrella live', sentAt: T0 }),
      message({ id: 'old', text: 'umbrella old', sentAt: T0 - 5_000, via: 'page' }),
      edit('A3', 'parasol three'),
      revoke('A4'),
      edit('A90', 'parasol ninety'),
      revoke('A91'),
    ]);
    const during = await found('umbrella');
    assert.deepEqual([during.degraded, during.hits.length], ['FTS_UNAVAILABLE', MESSAGES + 2 - 4]);
    await finish(first.next);
    const after = await found('umbrella');
    assert.deepEqual([after.degraded, after.hits.length], [null, MESSAGES + 2 - 4]);
    assert.deepEqual(
      (await found('parasol')).hits.map((hit) => hit.message.id),
      ['A90', 'A3'],
    );
    assert.deepEqual(flaws(bench.file), []);
    assert.deepEqual(await bench.history.integrity(), []);
    assert.deepEqual(await maintenance.index(), { usable: true, rebuiltTo: null });
    // A caller that did not hear of the end asks again.
    assert.equal((await maintenance.reindex(first.next, 25)).next, null);
  });

  it('goes on from its own place after a restart, whatever place the caller remembers', async () => {
    await bench.history.maintenance.reindex(null, 30);
    const second = await bench.history.maintenance.reindex(1, 30);
    await reopened();
    assert.deepEqual(await bench.history.maintenance.index(), { usable: false, rebuiltTo: second.next });
    assert.equal((await found('umbrella')).degraded, 'FTS_UNAVAILABLE');
    await finish(1);
    assert.equal((await found('umbrella')).degraded, null);
    assert.deepEqual(flaws(bench.file), []);
  });

  it('has the settings of the migration', async () => {
    const config = () => {
      const db = new Database(bench.file, { readonly: true });
      const rows = db.prepare(`SELECT k, v FROM messages_fts_config ORDER BY k`).all();
      const { sql } = db.prepare(`SELECT sql FROM sqlite_schema WHERE name = 'messages_fts'`).get() as {
        sql: string;
      };
      db.close();
      return [rows, sql];
    };
    const before = config();
    await finish(null);
    assert.deepEqual(config(), before);
  });

  for (const [what, sql] of [
    [
      'whose blocks are garbage',
      `UPDATE messages_fts_data SET block = randomblob(length(block)) WHERE id > 1`,
    ],
    ['that cannot be opened', `DELETE FROM messages_fts_config`],
    ['that is gone', `DROP TABLE messages_fts`],
  ] as const)
    it(`mends an index ${what}, without a restart`, async () => {
      await reopened(() => damage(sql));
      const before = await found('umbrella');
      assert.deepEqual([before.degraded, before.hits.length], ['FTS_UNAVAILABLE', MESSAGES]);
      await assert.rejects(bench.history.maintenance.reindex(5, 10), { code: 'DATABASE_ERROR' });
      await finish(null);
      const after = await found('umbrella');
      assert.deepEqual([after.degraded, after.hits.length], [null, MESSAGES]);
      await reopened();
      assert.equal((await found('umbrella')).degraded, null);
      assert.deepEqual(flaws(bench.file), []);
    });

  it('does not call an index good that failed while it was rebuilt', async () => {
    const { next } = await bench.history.maintenance.reindex(null, 50);
    damage(`DROP TABLE messages_fts`);
    await bench.ingest([message({ id: 'old', text: 'umbrella old', sentAt: T0 - 5_000, via: 'page' })]);
    await assert.rejects(bench.history.maintenance.reindex(next, 500), { code: 'DATABASE_ERROR' });
    assert.equal((await found('umbrella')).degraded, 'FTS_UNAVAILABLE');
    await finish(null);
    assert.deepEqual([(await found('umbrella')).degraded, flaws(bench.file)], [null, []]);
  });
});
