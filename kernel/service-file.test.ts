import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TandemError } from './errors.ts';
import { readServiceFile, removeServiceFile, SERVICE_FILE_NAME, writeServiceFile } from './service-file.ts';

const info = { pid: process.pid, url: 'http://127.0.0.1:8080', token: null, version: '1.2.3' };

describe('service file', () => {
  let dir: string;
  let file: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tandem-service-'));
    file = join(dir, SERVICE_FILE_NAME);
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('is read back as written, and only its owner may read it', async () => {
    const withToken = { ...info, token: 'a secret' };
    writeServiceFile(file, info);
    writeServiceFile(file, withToken);
    assert.deepEqual(readServiceFile(file), withToken);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(dir), [SERVICE_FILE_NAME]);
  });

  it('counts as absent when missing, broken, or of another shape', async () => {
    assert.equal(readServiceFile(file), null);
    for (const text of ['', '{', 'null', '[]', '{"pid":1}', JSON.stringify({ ...info, url: 'file:///x' })]) {
      await writeFile(file, text);
      assert.equal(readServiceFile(file), null, text);
    }
  });

  it('is taken away only by the process that wrote it', () => {
    writeServiceFile(file, { ...info, pid: info.pid + 1 });
    removeServiceFile(file);
    assert.equal(readServiceFile(file)?.pid, info.pid + 1);
    removeServiceFile(file, info.pid + 1);
    assert.equal(readServiceFile(file), null);
    removeServiceFile(file);
  });

  it('says so when it cannot be written', () => {
    assert.throws(
      () => writeServiceFile(join(dir, 'missing', SERVICE_FILE_NAME), info),
      (error: unknown) => error instanceof TandemError && error.code === 'DATA_DIR_UNUSABLE',
    );
  });
});
