import assert from 'node:assert/strict';
import { PGlite } from '@electric-sql/pglite';
import type { PgNotification, PgPool } from 'bullmq';
import { until } from '#kernel/testing/until.ts';
import { createPool } from './pool.ts';

describe('PGlite as a pool of node-postgres', () => {
  let db: PGlite;
  let pool: PgPool;
  let broken = 0;

  before(async function () {
    this.timeout(60_000);
    db = await PGlite.create('memory://');
    pool = createPool(db, () => {
      broken += 1;
    });
    await pool.query('CREATE TABLE line (id int PRIMARY KEY); CREATE TABLE other (id int)');
  });

  after(() => db.close().catch(() => undefined));

  it('keeps others out of a transaction until it ends', async () => {
    const [one, two] = [await pool.connect(), await pool.connect()];
    await one.query('BEGIN');
    await one.query('INSERT INTO line VALUES ($1)', [1]);
    const seen = two.query<{ n: number }>('SELECT count(*)::int AS n FROM line');
    await one.query('INSERT INTO line VALUES ($1)', [2]);
    await one.query('ROLLBACK');
    assert.deepEqual((await seen).rows, [{ n: 0 }]);
  });

  it('ends the transaction of a client that is released in the middle of it', async () => {
    const one = await pool.connect();
    await one.query('BEGIN');
    const waiting = pool.query('SELECT 1 AS one');
    one.release();
    assert.equal((await waiting).rows.length, 1);
    await pool.query('ROLLBACK').catch(() => undefined);
  });

  it('tells every client that listens, whatever stands before the statement', async () => {
    const [one, two, deaf] = [await pool.connect(), await pool.connect(), await pool.connect()];
    const heard: string[] = [];
    const note = (who: string) => (message: PgNotification) => heard.push(`${who} ${message.payload}`);
    one.on('notification', note('one'));
    two.on('notification', note('two'));
    deaf.on('notification', note('deaf'));
    await one.query('-- why\n-- and how\n LISTEN news');
    await two.query('listen news');
    await pool.query("SELECT pg_notify('news', $1)", ['x']);
    await until(() => heard.length === 2, 'word to both');
    two.release();
    await pool.query("SELECT pg_notify('news', $1)", ['y']);
    await until(() => heard.length === 3, 'word to one');
    assert.deepEqual(
      heard.toSorted((a, b) => a.localeCompare(b)),
      ['one x', 'one y', 'two x'],
    );
  });

  it('lets timers run while somebody asks without a pause', async () => {
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 1);
    for (let n = 0; n < 200; n++) await pool.query('SELECT $1::int', [n]);
    clearInterval(timer);
    assert.ok(ticks > 0);
  });

  it('slows down whoever repeats a statement that fails, and recovers', async () => {
    const start = performance.now();
    for (let n = 0; n < 7; n++) await assert.rejects(pool.query('SELECT nothing FROM nowhere'));
    assert.ok(performance.now() - start >= 1_900);
    await pool.query('SELECT 1');
    assert.equal(broken, 0);
  });

  it('says so when the store is gone', async () => {
    await db.close();
    await assert.rejects(pool.query('SELECT 1'));
    assert.equal(broken, 1);
  });
});
