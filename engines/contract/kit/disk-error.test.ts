import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { TandemError } from '#kernel/errors.ts';
import { diskError, isDiskError } from './disk-error.ts';

describe('engine kit: errors of the disk', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tandem-kit-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const thrownBy = (act: () => unknown): unknown => {
    try {
      act();
    } catch (error) {
      return error;
    }
    throw new Error('nothing was thrown');
  };

  it('gives what SQLite throws a code of its own', () => {
    const damaged = join(dir, 'damaged.db');
    writeFileSync(damaged, 'this is not a database, however long it may be '.repeat(40));
    const read = () => {
      const db = new Database(damaged);
      try {
        db.pragma('user_version = 1');
      } finally {
        db.close();
      }
    };
    const missing = () => new Database(join(dir, 'missing.db'), { readonly: true });
    for (const [act, code] of [
      [read, 'DB_CORRUPT'],
      [missing, 'DB_READ_ONLY'],
    ] as const) {
      const thrown = thrownBy(act);
      assert.equal(isDiskError(thrown), true);
      const error = diskError('webjs', thrown);
      assert.deepEqual([error.code, error.engine], [code, 'webjs']);
      assert.equal(/link --engine webjs/.test(error.hint), code === 'DB_CORRUPT');
    }
  });

  it('keeps what has a code already, and knows what is no matter of the disk', () => {
    const held = new TandemError('INSTANCE_ALREADY_RUNNING');
    assert.equal(diskError('baileys', held), held);
    for (const other of [held, new Error('x'), null, 'SQLITE_FULL', { code: 'ENOENT' }]) {
      assert.equal(isDiskError(other), false);
    }
    assert.equal(diskError('baileys', null).code, 'DATABASE_ERROR');
  });
});
