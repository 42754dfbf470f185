import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEngineFolder } from './engine-folder.ts';

describe('engine kit: folder', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tandem-folder-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const open = () => openEngineFolder('baileys', dir, (outbox) => outbox.id);

  it('belongs to one at a time', () => {
    const folder = open();
    assert.equal(folder.own, folder.outbox.id);
    assert.throws(open, { code: 'INSTANCE_ALREADY_RUNNING' });
    folder.close();
    open().close();
  });

  it('is given back when something in it cannot be opened', () => {
    let outbox: { stats(): unknown } | null = null;
    const broken = () =>
      openEngineFolder('baileys', dir, (opened) => {
        outbox = opened;
        throw Object.assign(new Error('damaged'), { code: 'SQLITE_CORRUPT' });
      });
    assert.throws(broken, { code: 'DB_CORRUPT', engine: 'baileys' });
    assert.throws(() => (outbox as { stats(): unknown } | null)?.stats(), /not open/);
    open().close();
  });
});
