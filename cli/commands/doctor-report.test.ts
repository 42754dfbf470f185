import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { maskedLog, writeReport } from './doctor-report.ts';

describe('the report of tandem doctor', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tandem-report-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('holds the end of the log without ids, texts and folders, and nothing of lines that are no JSON', () => {
    assert.deepEqual(maskedLog(dir), []);
    const line = {
      msg: 'sent',
      to: '4915112345678@s.whatsapp.net',
      text: 'see you',
      file: join(dir, 'history.db'),
    };
    writeFileSync(join(dir, 'tandem.log'), `see you at 4915112345678\n${JSON.stringify(line)}\n`);
    assert.deepEqual(maskedLog(dir), [
      { msg: 'sent', to: '…5678@s.whatsapp.net', text: '[hidden]', file: join('<data>', 'history.db') },
    ]);
    writeFileSync(join(dir, 'tandem.log'), `${JSON.stringify({ msg: 'again' })}\n`.repeat(1_000));
    assert.ok(maskedLog(dir).length <= 300);
  });

  it('goes back into the older log where the newest has only just begun', () => {
    writeFileSync(join(dir, 'tandem.log.old'), `${JSON.stringify({ msg: 'before' })}\n`);
    writeFileSync(join(dir, 'tandem.log'), `${JSON.stringify({ msg: 'after' })}\n`);
    assert.deepEqual(maskedLog(dir), [{ msg: 'before' }, { msg: 'after' }]);
  });

  it('is for its owner only, and says when it cannot be written', () => {
    const file = join(dir, 'report.json');
    writeFileSync(file, 'older', { mode: 0o644 });
    writeReport(file, { checks: [] });
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), { checks: [] });
    if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.throws(() => writeReport(join(dir, 'none', 'report.json'), {}), { code: 'VALIDATION_ERROR' });
  });
});
