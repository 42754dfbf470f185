import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireOwnership, openDataDir } from './data-dir.ts';
import { dataDirError } from './data-dir-error.ts';
import { TandemError } from './errors.ts';

/** A real second process that owns the folder until it is killed. */
async function startOwner(folder: string): Promise<ChildProcess> {
  const source = `
    import { acquireOwnership } from ${JSON.stringify(new URL('./data-dir.ts', import.meta.url).href)};
    try { acquireOwnership(${JSON.stringify(folder)}); console.log('owner'); setInterval(() => {}, 1000); }
    catch (error) { console.log(error.code); }
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  assert.equal(line.toString().trim(), 'owner');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

describe('data directory', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tandem-data-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is made private, also when it stood open before', () => {
    const folder = join(root, 'account');
    openDataDir(folder);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    chmodSync(folder, 0o755);
    openDataDir(folder);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

  it('says so when it cannot be used', () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    assert.throws(() => openDataDir(join(file, 'below')), { code: 'DATA_DIR_UNUSABLE' });
    assert.throws(() => openDataDir('/dev/null/below'), { code: 'DATA_DIR_UNUSABLE' });
  });

  it("says that the disk is full, and not that the folder is somebody else's", function () {
    if (!existsSync('/dev/full')) return this.skip();
    symlinkSync('/dev/full', join(root, 'owner.json'));
    assert.throws(() => acquireOwnership(root), { code: 'DB_DISK_FULL', details: { reason: 'ENOSPC' } });
    // Nobody holds what nobody got.
    rmSync(join(root, 'owner.json'));
    acquireOwnership(root).release();
  });

  it('knows a full disk and a read-only one by what the system and SQLite call them', () => {
    const shown = (code: string) => dataDirError(Object.assign(new Error(code), { code }));
    for (const code of ['SQLITE_FULL', 'ENOSPC', 'EDQUOT'])
      assert.deepEqual([shown(code).code, /Free some space/.test(shown(code).hint)], ['DB_DISK_FULL', true]);
    for (const code of ['EROFS', 'SQLITE_READONLY_DIRECTORY'])
      assert.match(`${shown(code).code} ${shown(code).message}`, /DATA_DIR_UNUSABLE .*read-only/);
    assert.equal(shown('EACCES').code, 'DATA_DIR_UNUSABLE');
  });

  it('comes to an end where the system makes no folders', function () {
    if (!existsSync('/proc/self')) return this.skip();
    assert.throws(() => openDataDir('/proc/tandem/below'), { code: 'DATA_DIR_UNUSABLE' });
  });

  it('is never a folder that others use: its permissions stay as they are', () => {
    const shared = join(root, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o755);
    chmodSync(shared, 0o755);
    writeFileSync(join(shared, 'letter.txt'), '');
    assert.throws(() => openDataDir(shared), {
      code: 'DATA_DIR_UNUSABLE',
      details: { reason: 'shared-folder' },
    });
    assert.equal(statSync(shared).mode & 0o777, 0o755);
  });

  it('has one owner in one process, and is free after release', () => {
    const first = acquireOwnership(root);
    assert.throws(() => acquireOwnership(root), { code: 'INSTANCE_ALREADY_RUNNING' });
    assert.equal(statSync(join(root, 'owner.lock')).mode & 0o777, 0o600);
    first.release();
    first.release();
    assert.ok(!existsSync(join(root, 'owner.json')));
    acquireOwnership(root).release();
  });

  it('refuses a second process by naming the first, and takes over when that one was killed', async () => {
    const owner = await startOwner(root);
    try {
      assert.throws(
        () => acquireOwnership(root),
        (error: unknown) => {
          assert.ok(error instanceof TandemError);
          assert.equal(error.code, 'INSTANCE_ALREADY_RUNNING');
          assert.equal((error.details as { owner: { pid: number } }).owner.pid, owner.pid);
          return true;
        },
      );
    } finally {
      await kill(owner);
    }
    acquireOwnership(root).release();
  });
});
