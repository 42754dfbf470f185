import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openHistory } from '#history/sqlite/history.ts';
import { systemClock } from '#kernel/clock.ts';
import { acquireOwnership } from '#kernel/data-dir.ts';
import { createLogger } from '#kernel/logger.ts';
import type { Diagnosis } from '#orchestrator/services/diagnostics/diagnostics.ts';

const launcher = fileURLToPath(new URL('../tandem.mjs', import.meta.url));
const PAGE = 4_096;

describe('tandem doctor on a damaged history', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tandem-doctor-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('has it as one finding with its remedy, looks at the rest, writes the report and leaves the file alone', async () => {
    acquireOwnership(dir).release();
    const file = join(dir, 'history.db');
    const logger = createLogger({ level: 'silent', program: 'test' });
    await (await openHistory({ file, clock: systemClock, logger })).close();
    const damaged = readFileSync(file).fill(0xa5, PAGE, 30 * PAGE);
    writeFileSync(file, damaged);
    const report = join(dir, 'report.json');
    const done = spawnSync(
      process.execPath,
      [launcher, 'doctor', '--json', '--data-dir', dir, '--bundle', report],
      { encoding: 'utf8', timeout: 60_000, env: { ...process.env, TANDEM_ENGINES: 'baileys' } },
    );
    assert.equal(done.status, 1, done.stderr);
    const { checks, bundle } = JSON.parse(done.stdout) as Diagnosis;
    const finding = (id: string) => checks.find((check) => check.id === id);
    assert.equal(finding('database')?.code, 'DB_CORRUPT');
    assert.match(finding('database')?.remedy ?? '', /tandem repair/);
    assert.deepEqual(
      [finding('runtime')?.ok, finding('data_dir')?.ok, finding('backups')?.ok],
      [true, true, true],
    );
    assert.equal(checks.filter(({ code }) => code === 'DB_CORRUPT').length, 1, 'one fault is one finding');
    assert.equal(bundle?.store, null);
    const written = JSON.parse(readFileSync(report, 'utf8')) as Diagnosis;
    assert.deepEqual(written.checks, checks);
    assert.deepEqual(readFileSync(file), damaged);
  });
});

describe('tandem doctor on a disk without room', () => {
  it('shows its table, with the disk as a finding', async function () {
    if (!existsSync('/dev/full')) return this.skip();
    const dir = mkdtempSync(join(tmpdir(), 'tandem-doctor-'));
    try {
      // What says who the owner is cannot be written.
      symlinkSync('/dev/full', join(dir, 'owner.json'));
      writeFileSync(join(dir, 'history.db'), '');
      const done = spawnSync(process.execPath, [launcher, 'doctor', '--json', '--data-dir', dir], {
        encoding: 'utf8',
        timeout: 60_000,
        env: { ...process.env, TANDEM_ENGINES: 'baileys' },
      });
      assert.equal(done.status, 1, done.stderr);
      const { checks } = JSON.parse(done.stdout) as Diagnosis;
      const finding = (id: string) => checks.find((check) => check.id === id);
      assert.equal(finding('database')?.code, 'DB_DISK_FULL');
      assert.match(finding('database')?.remedy ?? '', /Free some space/);
      assert.equal(finding('runtime')?.ok, true);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe('tandem doctor where nothing was ever started', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tandem-doctor-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const doctor = (...args: readonly string[]) =>
    spawnSync(process.execPath, [launcher, 'doctor', ...args], {
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...process.env, TANDEM_ENGINES: 'baileys' },
    });

  it('says so and what to do next, looks at the machine, and makes nothing', () => {
    const none = join(dir, 'none');
    const done = doctor('--json', '--data-dir', none);
    assert.equal(done.status, 0, done.stderr);
    const { checks } = JSON.parse(done.stdout) as Diagnosis;
    const finding = checks.find(({ id }) => id === 'data_dir');
    assert.deepEqual([finding?.severity, finding?.finding], ['warning', 'There is no data directory yet.']);
    assert.match(finding?.remedy ?? '', /`tandem up`.*--data-dir/);
    assert.equal(checks.find(({ id }) => id === 'runtime')?.ok, true);
    assert.equal(existsSync(none), false);
  });

  it('makes nothing in a folder of others', () => {
    const foreign = join(dir, 'letters');
    mkdirSync(foreign, { mode: 0o700 });
    writeFileSync(join(foreign, 'letter.txt'), '');
    const done = doctor('--data-dir', foreign);
    assert.equal(done.status, 0, done.stderr);
    assert.match(done.stdout, /There is nothing of Tandem in this folder\./);
    assert.deepEqual(readdirSync(foreign), ['letter.txt']);
  });

  it('leaves an empty folder empty, also for a report', () => {
    const report = join(dir, 'report.json');
    const empty = join(dir, 'empty');
    mkdirSync(empty);
    const done = doctor('--data-dir', empty, '--bundle', report);
    assert.equal(done.status, 0, done.stderr);
    assert.match(done.stdout, /The data directory is empty\./);
    assert.ok(done.stdout.includes(empty), 'names the folder that it looked at');
    assert.deepEqual(readdirSync(empty), []);
    const { bundle } = JSON.parse(readFileSync(report, 'utf8')) as Diagnosis;
    assert.equal(bundle?.store, null);
  });
});
