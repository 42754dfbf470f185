import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { createFixedClock } from '#kernel/clock.ts';
import { until } from '#kernel/testing/until.ts';
import { message, openBench, silent, T0 } from '../test-support.ts';
import { flaws } from '../test-world.ts';
import { openDatabase } from './database.ts';
import { openHistory } from './history.ts';
import { type Migration, readMigrations } from './migrate.ts';
import { killInMigration } from './testing/kill.ts';
import { FIRST } from './testing/migrations.ts';

const clock = createFixedClock(T0 * 1_000);
const NOBODY = 65_534;

describe('history database', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tandem-database-'));
    file = join(folder, 'history.db');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const open = (more: { busyTimeoutMs?: number } = {}) =>
    openHistory({ file, clock, logger: silent, ...more });
  const batch = (seq: number, texts: readonly string[]) => ({
    engine: 'baileys' as const,
    outboxId: 'box',
    seq,
    observations: texts.map((text, i) => message({ id: `M${seq}-${i}`, text, sentAt: T0 + i })),
  });

  it('is private and survives being closed and opened', async () => {
    let history = await open();
    await history.ingest.apply(batch(1, ['hello there']));
    for (const name of readdirSync(folder))
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
    await history.close();
    await assert.rejects(history.overview(), { code: 'DATABASE_ERROR' });
    history = await open();
    assert.equal((await history.overview()).messages, 1);
    assert.equal(await history.ingest.offset('baileys', 'box'), 1);
    await history.close();
  });

  it('says so when the file is damaged', async () => {
    writeFileSync(file, 'this is no database, however long it may be. '.repeat(400));
    await assert.rejects(open(), { code: 'DB_CORRUPT' });
  });

  it('says so when pages inside the file are damaged', async () => {
    const history = await open();
    await history.ingest.apply(
      batch(
        1,
        Array.from({ length: 400 }, (_none, i) => `text number ${i}`),
      ),
    );
    await history.close();
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 4_096 * 5, bytes.length - 4_096);
    writeFileSync(file, bytes);
    await assert.rejects(open(), { code: 'DB_CORRUPT' });
  });

  it('says so when the folder or the file cannot be written', async () => {
    const asRoot = process.getuid?.() === 0;
    const history = await open();
    await history.close();
    chmodSync(folder, 0o555);
    chmodSync(file, 0o444);
    // Root may write anywhere, so the attempt is made as somebody else.
    if (asRoot) process.seteuid?.(NOBODY);
    try {
      await assert.rejects(open(), { code: 'DB_READ_ONLY' });
    } finally {
      if (asRoot) process.seteuid?.(0);
      chmodSync(folder, 0o755);
    }
  });

  it('keeps everything as it was when the disk is full, and goes on when there is space again', async () => {
    const store = await openDatabase({ file, clock });
    await store.write((sql) => {
      sql.db.pragma('max_page_count = 400');
    });
    const fill = (n: number) =>
      store.write((sql) => {
        sql.run(`INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)`, `k${n}`, 'x'.repeat(400_000));
      });
    await fill(1);
    await assert.rejects(
      (async () => {
        for (let n = 2; n < 20; n += 1) await fill(n);
      })(),
      { code: 'DB_DISK_FULL' },
    );
    const count = () => store.read((sql) => sql.get<{ n: number }>(`SELECT COUNT(*) AS n FROM meta`)?.n ?? 0);
    const held = await count();
    await assert.rejects(fill(99), { code: 'DB_DISK_FULL' });
    assert.equal(await count(), held);
    await store.write((sql) => {
      sql.db.pragma('max_page_count = 40000');
    });
    await fill(99);
    assert.equal(await count(), held + 1);
    await store.close();
  });

  it('waits for another process that writes, and then says that it is locked', async () => {
    const history = await open({ busyTimeoutMs: 50 });
    const other = new Database(file);
    other.exec('BEGIN IMMEDIATE');
    await assert.rejects(history.ingest.apply(batch(1, ['hello'])), { code: 'DB_LOCKED' });
    other.exec('COMMIT');
    other.close();
    assert.equal((await history.ingest.apply(batch(1, ['hello']))).messagesAdded, 1);
    await history.close();
  });

  it('notices what a second opener wrote', async () => {
    const one = await open();
    const two = await open();
    await one.ingest.apply(batch(1, ['from the first']));
    await two.ingest.apply(batch(2, ['from the second']));
    await one.ingest.apply({
      ...batch(3, []),
      observations: [message({ id: 'M2-0', text: 'from the second' })],
    });
    assert.equal((await one.overview()).messages, 2);
    await two.close();
    await one.close();
    assert.deepEqual(flaws(file), []);
  });

  it('rolls a batch back as a whole and forgets what it had learned from it', async () => {
    const history = await open();
    const broken = { ...batch(1, ['one', 'two']).observations[1], chat: 'no-id-at-all' };
    const good = batch(1, ['one', 'two']);
    await assert.rejects(
      history.ingest.apply({ ...good, observations: [...good.observations, broken as never] }),
    );
    assert.equal((await history.overview()).messages, 0);
    assert.equal(await history.ingest.offset('baileys', 'box'), 0);
    assert.equal((await history.ingest.apply(good)).messagesAdded, 2);
    await history.close();
    assert.deepEqual(flaws(file), []);
  });

  it('checkpoints a long log away from the event loop and loses nothing', async () => {
    const store = await openDatabase({ file, clock });
    for (let n = 0; n < 24; n += 1)
      await store.write((sql) => {
        sql.run(`INSERT INTO meta (key, value) VALUES (?, ?)`, `k${n}`, 'x'.repeat(4_000_000));
      });
    assert.ok(statSync(`${file}-wal`).size < 80 * 1024 * 1024);
    assert.equal(await store.read((sql) => sql.get<{ n: number }>(`SELECT COUNT(*) AS n FROM meta`)?.n), 24);
    await store.close();
  });

  it('brings the log of a quiet store into its file and gives the space back', async () => {
    const store = await openDatabase({ file, clock, checkpointAfterMs: 20 });
    const log = () => statSync(`${file}-wal`).size;
    await store.write((sql) => {
      sql.run(`INSERT INTO meta (key, value) VALUES ('big', ?)`, 'x'.repeat(6_000_000));
    });
    await until(() => log() === 0, 'empty log');
    assert.ok(statSync(file).size > 6_000_000);
    await store.close();
  });

  it('goes on writing while a reader holds the log, and copies it when the reader has gone', async () => {
    const store = await openDatabase({ file, clock, checkpointAfterMs: 20 });
    const holder = new Database(file, { readonly: true });
    holder.exec('BEGIN');
    holder.prepare('SELECT COUNT(*) FROM meta').get();
    for (let n = 0; n < 5; n += 1) {
      await store.write((sql) => {
        sql.run(`INSERT INTO meta (key, value) VALUES (?, ?)`, `k${n}`, 'x'.repeat(2_000_000));
      });
      await setTimeout(40);
    }
    assert.ok(statSync(`${file}-wal`).size > 10_000_000);
    holder.close();
    await until(() => statSync(`${file}-wal`).size === 0, 'empty log');
    assert.equal(await store.read((sql) => sql.get<{ n: number }>(`SELECT COUNT(*) AS n FROM meta`)?.n), 5);
    await store.close();
  });

  it('counts what is still in the log as space in use', async () => {
    const history = await open();
    await history.ingest.apply(batch(1, ['x'.repeat(500_000)]));
    assert.ok(statSync(`${file}-wal`).size > 500_000);
    assert.equal((await history.overview()).bytes, statSync(file).size + statSync(`${file}-wal`).size);
    await history.close();
  });

  describe('migrations', () => {
    const first = FIRST;
    const second: Migration = { version: 2, name: '0002_b.sql', sql: 'CREATE TABLE b (x)', checksum: 'bb' };
    const openWith = async (migrations: readonly Migration[]) => {
      const store = await openDatabase({ file, clock, migrations });
      const tables = await store.read((sql) =>
        sql.all<{ name: string }>(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`),
      );
      await store.close();
      return tables.map((table) => table.name);
    };

    it('run once, in order, and copy the file aside before later ones', async () => {
      assert.deepEqual(await openWith([first]), ['a', 'schema_migrations']);
      assert.ok(!readdirSync(folder).includes('backups'));
      assert.deepEqual(await openWith([first, second]), ['a', 'b', 'schema_migrations']);
      const backup = join(folder, 'backups', 'history-before-0002.db');
      assert.equal(statSync(backup).mode & 0o777, 0o600);
      const copy = new Database(backup, { readonly: true });
      assert.equal(copy.prepare(`SELECT COUNT(*) AS n FROM sqlite_schema WHERE name = 'b'`).pluck().get(), 0);
      copy.close();
    });

    it('leave the file unchanged when one fails', async () => {
      await openWith([first]);
      const broken = { ...second, sql: 'CREATE TABLE b (x); CREATE TABLE nonsense (' };
      await assert.rejects(openWith([first, broken]), { code: 'DB_MIGRATION_FAILED' });
      assert.deepEqual(await openWith([first]), ['a', 'schema_migrations']);
    });

    it('leave the file as it was when they are killed, with a whole copy beside it', async () => {
      await openWith([first]);
      const before = readFileSync(file);
      await killInMigration(file);
      assert.ok(statSync(`${file}-wal`).size > 8_000_000);
      const [backup, ...others] = readdirSync(join(folder, 'backups'));
      assert.deepEqual([backup, others], ['history-before-0002.db', []]);
      assert.deepEqual(readFileSync(join(folder, 'backups', backup ?? '')).length, before.length);
      assert.deepEqual(await openWith([first]), ['a', 'schema_migrations']);
      // What a kill within the copying leaves is written over.
      writeFileSync(join(folder, 'backups', 'history-before-0002.db.part'), 'cut short');
      assert.deepEqual(await openWith([first, second]), ['a', 'b', 'schema_migrations']);
      assert.deepEqual(readdirSync(join(folder, 'backups')), ['history-before-0002.db']);
    });

    it('keep the copies of the last three versions, and whatever else lies there', async () => {
      const all = [first];
      await openWith(all);
      for (let version = 2; version <= 6; version += 1) {
        const sql = `CREATE TABLE t${version} (x)`;
        all.push({ version, name: `000${version}_t.sql`, sql, checksum: `${version}` });
        await openWith(all);
        writeFileSync(join(folder, 'backups', `history-damaged-${version}.db`), '');
      }
      assert.deepEqual(
        readdirSync(join(folder, 'backups')).filter((name) => name.includes('before')),
        ['history-before-0004.db', 'history-before-0005.db', 'history-before-0006.db'],
      );
      assert.equal(readdirSync(join(folder, 'backups')).length, 3 + 5);
    });

    it('refuse a file of a newer version and a migration that changed', async () => {
      await openWith([first, second]);
      await assert.rejects(openWith([first]), { code: 'DB_MIGRATION_FAILED' });
      await assert.rejects(openWith([{ ...first, checksum: 'other' }, second]), {
        code: 'DB_MIGRATION_FAILED',
      });
    });

    it('make exactly the schema of the snapshot', async () => {
      const store = await openDatabase({ file, clock });
      const schema = await store.read((sql) =>
        sql
          .all<{ sql: string }>(
            `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'messages_fts_%' AND name NOT LIKE 'sqlite_%'
             ORDER BY type DESC, name`,
          )
          .map((row) => row.sql.replace(/--.*$/gm, '').replace(/\s+/g, ' ').trim()),
      );
      await store.close();
      const snapshot = new URL('./schema.snapshot.sql', import.meta.url);
      if (process.env.TANDEM_UPDATE_SNAPSHOTS === '1') writeFileSync(snapshot, `${schema.join(';\n')};\n`);
      assert.equal(`${schema.join(';\n')};\n`, readFileSync(snapshot, 'utf8'));
    });

    it('are numbered without gaps', () => {
      assert.deepEqual(
        readMigrations().map((one) => one.version),
        readMigrations().map((_one, i) => i + 1),
      );
    });
  });

  it('searches without its index when that is damaged, and goes on storing', async () => {
    const bench = await openBench();
    await bench.ingest([message({ id: 'A1', text: 'the umbrella' })]);
    await bench.history.close();
    const db = new Database(bench.file);
    db.exec('DROP TABLE messages_fts');
    db.close();
    const history = await openHistory({ file: bench.file, clock, logger: silent });
    const report = await history.ingest.apply(batch(1, ['another umbrella']));
    assert.equal(report.messagesAdded, 1);
    const found = await history.search.run({ text: 'umbrella -another', mode: 'auto', limit: 9 });
    assert.deepEqual([found.degraded, found.hits.map((hit) => hit.message.id)], ['FTS_UNAVAILABLE', ['A1']]);
    assert.equal((await history.overview()).searchUsable, false);
    await history.close();
    await rm(bench.folder, { recursive: true, force: true });
  });

  it('starts with a damaged index, whose messages are all there', async () => {
    let history = await open();
    await history.ingest.apply(batch(1, ['the umbrella', 'another']));
    await history.close();
    const db = new Database(file);
    db.unsafeMode(true);
    // The pages of the index; its first rows describe them.
    db.exec('DELETE FROM messages_fts_data WHERE id > 10');
    db.close();
    history = await open();
    assert.equal((await history.overview()).searchUsable, false);
    const found = await history.search.run({ text: 'umbrella', mode: 'auto', limit: 9 });
    assert.deepEqual([found.degraded, found.hits.length], ['FTS_UNAVAILABLE', 1]);
    assert.equal((await history.ingest.apply(batch(2, ['umbrellas']))).messagesAdded, 1);
    await history.close();
  });

  it('finds no problem in a sound file, and the problem in a damaged one', async () => {
    const history = await open();
    await history.ingest.apply(batch(1, ['hello']));
    assert.deepEqual(await history.integrity(), []);
    const other = new Database(file);
    other.unsafeMode(true);
    other.pragma('writable_schema = ON');
    // Two indexes change places: every row is missing in its own.
    const place = other
      .prepare<[string], number>(`SELECT rootpage FROM sqlite_schema WHERE name = ?`)
      .pluck();
    const move = other.prepare(`UPDATE sqlite_schema SET rootpage = ? WHERE name = ?`);
    const [chat, author] = [place.get('messages_chat'), place.get('chat_authors_person')];
    move.run(author, 'messages_chat');
    move.run(chat, 'chat_authors_person');
    // Tells the other connections to read the schema anew.
    other.exec('PRAGMA schema_version = 4711');
    other.close();
    const problems = await history.integrity();
    assert.ok(problems.some((problem) => problem.includes('messages_chat')));
    await history.close();
    // A small file is checked at every start.
    await assert.rejects(open(), { code: 'DB_CORRUPT' });
  });

  it('says so when there is no folder', async () => {
    file = join(folder, 'not', 'there.db');
    await assert.rejects(open(), { code: 'DB_READ_ONLY' });
  });
});
