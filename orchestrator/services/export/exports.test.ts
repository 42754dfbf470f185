import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createFixedClock } from '#kernel/clock.ts';
import { until } from '#kernel/testing/until.ts';
import { failsWith } from '../testing/errors.ts';
import { createExports, type Exports } from './exports.ts';

const HOUR_MS = 3_600_000;

describe('exports on the disk', () => {
  let root: string;
  let dir: string;
  let clock: ReturnType<typeof createFixedClock>;
  let exports: Exports;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'tandem-exports-'));
    dir = join(root, 'exports');
    clock = createFixedClock(Date.now());
    exports = createExports({ dir, secret: new Uint8Array(32).fill(5), clock });
  });
  afterEach(async () => {
    exports.stop();
    await rm(root, { recursive: true, force: true });
  });
  const put = (id: string, content = 'x') => writeFileSync(exports.fileOf(id, 'csv'), content);
  const partsOf = (path: string) => {
    const { searchParams } = new URL(path, 'http://127.0.0.1');
    return { expires: searchParams.get('expires') ?? '', sig: searchParams.get('sig') ?? '' };
  };

  it('are opened by id, in a folder that only the owner can enter', async () => {
    put('abc', 'a,b\r\n');
    assert.equal(statSync(dir).mode & 0o777, 0o700);
    const { stream, ...facts } = await exports.open('abc');
    assert.deepEqual(facts, {
      filename: 'tandem-export-abc.csv',
      mime: 'text/csv; charset=utf-8',
      bytes: 5,
    });
    assert.equal(await text(stream), 'a,b\r\n');
    await exports.remove('abc');
    await failsWith('EXPORT_NOT_FOUND', () => exports.open('abc'));
  });

  it('are never found outside their folder', async () => {
    put('abc');
    writeFileSync(join(root, 'secret.csv'), 'secret');
    for (const id of ['../secret', '..%2Fsecret', 'abc.csv', '', 'a'.repeat(101), 'abc\0'])
      await failsWith('EXPORT_NOT_FOUND', () => exports.open(id));
    assert.throws(() => exports.fileOf('../secret', 'csv'));
    await exports.remove('../secret');
    assert.ok(existsSync(join(root, 'secret.csv')));
  });

  it('are downloaded by a link that holds for an hour and for this export only', () => {
    const { path, expiresAtMs } = exports.link('abc');
    assert.match(path, /^\/exports\/abc\?expires=\d+&sig=[\w-]{43}$/);
    const parts = partsOf(path);
    assert.ok(exports.verify('abc', parts));
    assert.ok(!exports.verify('abd', parts));
    assert.ok(!exports.verify('abc', { ...parts, expires: String(Number(parts.expires) + 1) }));
    assert.ok(!exports.verify('abc', { ...parts, sig: parts.sig.slice(1) }));
    assert.ok(!exports.verify('abc', { expires: '', sig: '' }));
    const other = createExports({ dir, secret: new Uint8Array(32).fill(6), clock });
    assert.ok(!other.verify('abc', parts));
    clock.advance(expiresAtMs - clock.now() - 1);
    assert.ok(exports.verify('abc', parts));
    clock.advance(1);
    assert.ok(!exports.verify('abc', parts));
  });

  it('are kept for a day, at every start too, and nothing else is touched', async () => {
    put('old');
    writeFileSync(join(dir, 'old.zip.0123456789ab.part'), 'half');
    writeFileSync(join(dir, 'note.txt'), 'not ours');
    clock.advance(23 * HOUR_MS);
    assert.equal(await exports.sweep(), 0);
    clock.advance(2 * HOUR_MS);
    await failsWith('EXPORT_NOT_FOUND', () => exports.open('old'));
    exports.start();
    await until(() => readdirSync(dir).length <= 1, 'end of what is old');
    assert.deepEqual(readdirSync(dir), ['note.txt']);
    await rm(dir, { recursive: true });
    assert.equal(await exports.sweep(), 0, 'no folder, nothing to do');
  });
});
