import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServiceLog, logFileOf, olderLogFileOf, openLogFile } from './log-file.ts';

const FULL_BYTES = 10_000_001;
const module = new URL('./log-file.ts', import.meta.url).href;

describe('the log of the service', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tandem-log-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const options = (toStderr: boolean) => ({ level: 'info', program: 'test', dataDir: dir, toStderr });
  const read = (file: string) => readFileSync(file, 'utf8').trim().split('\n');
  const messages = (text: readonly string[]) => text.map((line) => (JSON.parse(line) as { msg: string }).msg);

  /** In a process of its own, because what counts is its stderr. */
  function logThere(toStderr: boolean, stderr: 'pipe' | number = 'pipe', meanwhile = '') {
    const code = `
      import { createServiceLog } from ${JSON.stringify(module)};
      const log = createServiceLog(${JSON.stringify(options(toStderr))});
      log.logger.info('one');
      ${meanwhile}
      log.forward('{"msg":"two"}');
    `;
    const done = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
      encoding: 'utf8',
      timeout: 15_000,
      stdio: ['ignore', 'pipe', stderr],
    });
    assert.equal(done.status, 0, String(done.stderr));
    return done;
  }

  it('is in the file with and without a terminal, and on stderr where nobody reads a terminal', () => {
    const container = logThere(true);
    assert.deepEqual(messages(container.stderr.trim().split('\n')), ['one', 'two']);
    assert.deepEqual(messages(read(logFileOf(dir))), ['one', 'two']);
    assert.equal(container.stdout, '');
    assert.equal(logThere(false).stderr, '');
    assert.deepEqual(messages(read(logFileOf(dir))), ['one', 'two', 'one', 'two']);
    if (process.platform !== 'win32') assert.equal(statSync(logFileOf(dir)).mode & 0o777, 0o600);
  });

  it('holds every line once where stderr is this file', () => {
    const fd = openLogFile(dir);
    logThere(true, fd);
    closeSync(fd);
    assert.deepEqual(messages(read(logFileOf(dir))), ['one', 'two']);
  });

  it('touches nothing before the first line, so that a second instance sets no log aside', () => {
    writeFileSync(logFileOf(dir), 'x'.repeat(FULL_BYTES));
    const { logger } = createServiceLog(options(false));
    assert.throws(() => statSync(olderLogFileOf(dir)), { code: 'ENOENT' });
    logger.info('first');
    assert.equal(statSync(olderLogFileOf(dir)).size, FULL_BYTES);
    assert.deepEqual(messages(read(logFileOf(dir))), ['first']);
  });

  it('is bounded while it is written too', () => {
    const log = createServiceLog(options(false));
    log.logger.info('first');
    log.forward('x'.repeat(FULL_BYTES));
    log.logger.info('last');
    assert.deepEqual(messages(read(logFileOf(dir))), ['last']);
    assert.ok(statSync(olderLogFileOf(dir)).size > FULL_BYTES);
  });

  it('stops nothing when the file cannot be written, says so once, and goes on when it can', () => {
    mkdirSync(logFileOf(dir));
    const { stderr } = logThere(true);
    assert.deepEqual(messages(stderr.trim().split('\n')), ['the log file cannot be written', 'one', 'two']);
    assert.match(stderr, /"code":"EISDIR"/);
    const mended = `process.getBuiltinModule('node:fs').rmdirSync(${JSON.stringify(logFileOf(dir))});`;
    assert.match(logThere(false, 'pipe', mended).stderr, /^[^\n]*cannot be written[^\n]*\n$/);
    assert.deepEqual(messages(read(logFileOf(dir))), ['two']);
  });
});
