import assert from 'node:assert/strict';
import { createTimes } from '#orchestrator/services/present/times.ts';
import { createExportLinks } from './export-links.ts';
import type { JobView } from './job-shape.ts';

const links = createExportLinks({
  exports: { link: () => ({ path: '/exports/one', expiresAtMs: 0 }) } as never,
  times: createTimes('UTC'),
  pageUrl: () => 'http://127.0.0.1:8080/',
});
const written = { export_id: 'one', filename: 'one.zip', bytes: 1, sha256: 'ab', messages: 60, media: 2 };
const of = (result: object) =>
  links.of({ kind: 'export', status: 'completed', result: { ...written, ...result } } as unknown as JobView);

describe('a finished export', () => {
  it('says nothing where nothing is missing, and where an earlier version did not look', () => {
    assert.equal(of({ coverage: 'complete', media_missing: 0 })?.note, undefined);
    assert.equal(of({})?.note, undefined);
  });

  it('says that history is missing, and how to get it', () => {
    const found = of({ coverage: 'partial', media_missing: 0 });
    assert.equal(found?.coverage, 'partial');
    assert.match(found?.note ?? '', /fetch_history/);
    assert.doesNotMatch(found?.note ?? '', /fetch_media/);
  });

  it('says how many files are missing, and how to get them', () => {
    const found = of({ coverage: 'complete', media_missing: 3 });
    assert.equal(found?.media_missing, 3);
    assert.match(found?.note ?? '', /3 files.*fetch_media/);
    assert.doesNotMatch(found?.note ?? '', /fetch_history/);
  });
});
