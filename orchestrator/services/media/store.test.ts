import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { failsWith } from '../testing/errors.ts';
import { createMediaStore, type MediaStoreOptions } from './store.ts';

const hashOf = (content: Buffer) => createHash('sha256').update(content).digest('hex');

describe('the folder for media', () => {
  let root: string;
  let dir: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tandem-media-'));
    dir = join(root, 'media');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const open = (options: Partial<MediaStoreOptions> = {}) =>
    createMediaStore({ dir, quotaBytes: 1_000, ...options });
  const content = Buffer.from('what is in the file');
  const sha256 = hashOf(content);
  const files = () =>
    readdirSync(dir, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());

  it('keeps a file under its hash, for its owner only, and finds it again', async () => {
    assert.equal(await open().find(sha256), null);
    const { path } = await open().put(content, sha256, 'txt');
    assert.equal(relative(dir, path), join(sha256.slice(0, 2), `${sha256}.txt`));
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(dir).mode & 0o777, 0o700);
    assert.deepEqual(await open().find(sha256), { path, content });
    await open().put(content, sha256, 'txt');
    assert.equal(files().length, 1);
  });

  it('trusts nothing that is not what its name says', async () => {
    const { path } = await open().put(content, sha256, 'txt');
    writeFileSync(path, 'something else');
    assert.equal(await open().find(sha256), null);
    assert.equal(files().length, 0);
    for (const name of ['../../../etc/passwd', '', 'x', sha256.toUpperCase()])
      assert.equal(await open().find(name), null);
    await assert.rejects(open().put(content, '../../outside', 'txt'));
    await assert.rejects(open().put(content, sha256, '../x'));
  });

  it('remembers which file belongs to a message', async () => {
    const store = open();
    assert.equal(await store.linked('one'), null);
    const { path } = await store.put(content, sha256, 'txt');
    await store.link('one', sha256);
    assert.equal((await open().linked('one'))?.path, path);
    assert.equal(await open().linked('two'), null);
  });

  it('removes files by hash or by message, but none that another message is linked to', async () => {
    const store = open();
    const other = Buffer.from('another file');
    await store.put(content, sha256, 'txt');
    await store.put(other, hashOf(other), 'txt');
    await store.link('one', sha256);
    await store.link('two', sha256);
    assert.deepEqual(
      [await store.has(sha256), await store.hasLinked('one'), await store.hasLinked('three')],
      [true, true, false],
    );
    assert.equal(await store.remove([{ linkedTo: 'one' }, hashOf(other), '../../x']), 1);
    assert.deepEqual([await store.has(sha256), await store.has(hashOf(other))], [true, false]);
    assert.deepEqual([await store.hasLinked('one'), await store.hasLinked('two')], [false, true]);
    assert.equal(await store.remove([{ linkedTo: 'two' }]), 1);
    assert.equal(await store.remove([{ linkedTo: 'two' }, sha256]), 0);
    assert.equal(files().length, 0);
  });

  it('is full at its quota, and has room as soon as files are removed', async () => {
    const store = open({ quotaBytes: 30 });
    await store.checkRoom(30);
    const { path } = await store.put(content, sha256, 'txt');
    const { details } = await failsWith('MEDIA_QUOTA_EXCEEDED', () => store.checkRoom(20));
    assert.deepEqual(details, { used_bytes: content.byteLength, limit_bytes: 30, file_bytes: 20 });
    rmSync(path);
    await store.checkRoom(20);
  });

  it('leaves nothing behind when the disk is full', async () => {
    const write = () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    await failsWith('DB_DISK_FULL', () => open({ write }).put(content, sha256, 'txt'));
    assert.equal(files().length, 0);
    assert.equal(await open().find(sha256), null);
  });

  it('cleans up what a crash left, and counts what is being written', async () => {
    await open().put(content, sha256, 'txt');
    const folder = join(dir, sha256.slice(0, 2));
    const old = join(folder, 'aaaa.part');
    writeFileSync(old, 'x'.repeat(500));
    utimesSync(old, new Date(0), new Date(0));
    writeFileSync(join(folder, 'bbbb.part'), 'x'.repeat(500));
    await open().checkRoom(481);
    await failsWith('MEDIA_QUOTA_EXCEEDED', () => open().checkRoom(482));
    assert.equal(files().length, 2);
  });

  it('says so where it cannot be made', async () => {
    writeFileSync(dir, 'a file where the folder should be');
    await failsWith('DATA_DIR_UNUSABLE', () => open().put(content, sha256, 'txt'));
    await open().checkRoom(1);
  });
});
