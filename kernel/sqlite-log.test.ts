import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createLogSync, syncLog, syncLogNow } from './sqlite-log.ts';

describe('sync of a write-ahead log', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tandem-log-'));
    file = join(dir, 'some.db');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('has nothing to do without a log, and says so when the log cannot be opened', async () => {
    await syncLog(file);
    syncLogNow(file);
    assert.throws(() => syncLogNow(`${file}\0`), { code: 'SQLITE_IOERR_FSYNC' });
    await assert.rejects(syncLog(`${file}\0`), { code: 'SQLITE_IOERR_FSYNC' });
  });

  it('shares the sync that begins after the call, never the one under way', async () => {
    const db = new Database(file);
    db.pragma('journal_mode = WAL');
    db.exec('CREATE TABLE one (n INTEGER)');
    const sync = createLogSync(file);
    const first = sync();
    const second = sync();
    assert.notEqual(second, first);
    assert.equal(sync(), second);
    await first;
    await second;
    assert.notEqual(sync(), second);
    db.close();
  });

  it('goes on after a sync that failed', async () => {
    const broken = createLogSync(`${file}\0`);
    await Promise.all([assert.rejects(broken()), assert.rejects(broken())]);
    await assert.rejects(broken(), { code: 'SQLITE_IOERR_FSYNC' });
  });
});
