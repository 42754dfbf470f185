import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { createFixedClock } from '#kernel/clock.ts';
import { createExports, type Exports } from '#orchestrator/services/export/exports.ts';
import { createTestConsole } from './testing/app.ts';

const HOUR_MS = 3_600_000;

describe('console: downloads of exports', () => {
  const clock = createFixedClock(Date.now());
  let dir: string;
  let exports: Exports;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tandem-exports-'));
    exports = createExports({ dir, secret: new Uint8Array(32).fill(7), clock });
    await writeFile(exports.fileOf('job_a1', 'csv'), 'time,text\n');
  });
  after(() => rm(dir, { recursive: true, force: true }));

  const ask = (path: string, method = 'GET') =>
    createTestConsole({ exports }, { clock, token: 'k'.repeat(40) }).app.request(path, { method });
  const codeOf = async (answer: Response) => [
    answer.status,
    ((await answer.json()) as { error: { code: string } }).error.code,
  ];

  it('gives the file to whoever has the link, as a file and nothing else', async () => {
    const answer = await ask(exports.link('job_a1').path);
    assert.equal(answer.status, 200);
    assert.equal(await answer.text(), 'time,text\n');
    const header = (name: string) => answer.headers.get(name);
    assert.equal(header('content-type'), 'text/csv; charset=utf-8');
    assert.equal(header('content-length'), '10');
    assert.equal(header('content-disposition'), 'attachment; filename="tandem-export-job_a1.csv"');
    assert.equal(header('x-content-type-options'), 'nosniff');
    assert.equal(header('cache-control'), 'no-store');
    assert.match(header('content-security-policy') ?? '', /default-src 'none'/);
  });

  it('tells of the file without giving it', async () => {
    const answer = await ask(exports.link('job_a1').path, 'HEAD');
    assert.deepEqual([answer.status, answer.headers.get('content-length')], [200, '10']);
    assert.equal(await answer.text(), '');
  });

  it('finds nothing behind a link that was changed, for another export, or without its parts', async () => {
    const { path } = exports.link('job_a1');
    const other = exports.link('job_b2').path;
    for (const wrong of [
      path.replace('sig=', 'sig=A'),
      path.replace(/expires=\d+/, 'expires=99999999999'),
      other.replace('job_b2', 'job_a1'),
      path.replace(/&sig=.*/, ''),
      '/exports/job_a1',
      '/exports/..%2Fhistory.db',
    ])
      assert.deepEqual(await codeOf(await ask(wrong)), [404, 'EXPORT_NOT_FOUND'], wrong);
    assert.deepEqual(await codeOf(await ask(other)), [404, 'EXPORT_NOT_FOUND']);
  });

  it('says that an old link has run out', async () => {
    const { path } = exports.link('job_a1');
    clock.advance(HOUR_MS);
    assert.deepEqual(await codeOf(await ask(path)), [410, 'EXPORT_LINK_EXPIRED']);
  });
});
