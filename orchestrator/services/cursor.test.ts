import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { TandemError } from '#kernel/errors.ts';
import { createCursors, loadCursorSecret } from './cursor.ts';

const cursors = createCursors(new Uint8Array(32).fill(7));
const refused = (error: unknown) => error instanceof TandemError && error.code === 'INVALID_CURSOR';

describe('cursors', () => {
  it('come back as they were, for the same query only', () => {
    const query = { text: 'anna', sort: 'name' };
    const cursor = cursors.seal('chats', query, ['Anna', 7]);
    assert.deepEqual(cursors.open('chats', { ...query }, cursor), ['Anna', 7]);
    assert.throws(() => cursors.open('chats', { ...query, text: 'bob' }, cursor), refused);
    assert.throws(() => cursors.open('groups', query, cursor), refused);
    assert.throws(() => createCursors(new Uint8Array(32)).open('chats', query, cursor), refused);
  });

  it('refuse whatever was not sealed here', () => {
    const cursor = cursors.seal('chats', {}, [1]);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        if (text === cursor) return;
        assert.throws(() => cursors.open('chats', {}, text), refused);
      }),
    );
    const [payload = '', seal = ''] = cursor.split('.');
    const forged = Buffer.from('[2]').toString('base64url');
    for (const text of [`${forged}.${seal}`, `${payload}.`, `.${seal}`, `${cursor}.x`, `x${cursor}`])
      assert.throws(() => cursors.open('chats', {}, text), refused, text);
  });
});

describe('cursor secret', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tandem-cursor-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('is made once, kept, and readable by its owner only', () => {
    const first = loadCursorSecret(dir);
    assert.equal(first.length, 32);
    assert.deepEqual(Buffer.from(loadCursorSecret(dir)), Buffer.from(first));
    if (process.platform !== 'win32') assert.equal(statSync(join(dir, 'cursor.key')).mode & 0o777, 0o600);
  });

  it('is made anew when the file was cut', () => {
    writeFileSync(join(dir, 'cursor.key'), 'short');
    assert.equal(loadCursorSecret(dir).length, 32);
    assert.equal(statSync(join(dir, 'cursor.key')).size, 32);
  });

  it('says that the directory cannot be used', () => {
    assert.throws(
      () => loadCursorSecret(join(dir, 'missing')),
      (error) => error instanceof TandemError && error.code === 'DATA_DIR_UNUSABLE',
    );
    chmodSync(dir, 0o700);
  });
});
