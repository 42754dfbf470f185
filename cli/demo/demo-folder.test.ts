import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireOwnership } from '#kernel/data-dir.ts';
import { openDemoFolder } from './demo-folder.ts';

describe('the folder of a demo', () => {
  it('of a killed demo goes with what its browser left, unless an engine still closes', async () => {
    const killed = await openDemoFolder();
    const socket = mkdtempSync(join(tmpdir(), 'org.chromium.Chromium.'));
    try {
      const profile = join(killed.dir, 'engines', 'webjs', 'session');
      mkdirSync(profile, { recursive: true, mode: 0o700 });
      symlinkSync(join(socket, 'SingletonSocket'), join(profile, 'SingletonSocket'));
      const note = join(killed.dir, 'scratch-owner.json');
      const owner = JSON.parse(readFileSync(note, 'utf8'));
      writeFileSync(note, JSON.stringify({ ...owner, pid: 999_999_999 }));

      const lease = acquireOwnership(join(killed.dir, 'engines', 'webjs'));
      await (await openDemoFolder()).remove();
      assert.deepEqual([killed.dir, socket].map(existsSync), [true, true]);
      lease.release();
      await (await openDemoFolder()).remove();
      assert.deepEqual([killed.dir, socket].map(existsSync), [false, false]);
    } finally {
      await killed.remove();
      rmSync(socket, { recursive: true, force: true });
    }
  });
});
