import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cellOf } from './csv.ts';

/** One record as RFC 4180 reads it. */
function readCells(line: string): string[] {
  const cells: string[] = [];
  let rest = line;
  for (let left = line.length + 1; left > 0; left -= 1) {
    const found = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|$)/.exec(rest);
    assert.ok(found, `not a record: ${JSON.stringify(rest)}`);
    cells.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
    if (found[3] === '') return cells;
    rest = rest.slice(found[0].length);
  }
  return assert.fail('the record never ends');
}

describe('cells of a CSV export', () => {
  it('come back as they were, except for the apostrophe before what would run as a formula', () => {
    const cell = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', "'", 'a', '😀') }),
    );
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 6 }), (cells) => {
        const read = readCells(cells.map(cellOf).join(','));
        assert.equal(read.length, cells.length);
        for (const [at, text] of read.entries()) {
          assert.doesNotMatch(text, /^[=+\-@\t\r]/);
          assert.ok(text === cells[at] || text === `'${cells[at]}`);
        }
      }),
    );
  });

  it('cannot start a formula, also one that is hidden behind a quote', () => {
    const hostile = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '=HYPERLINK("http://x","y")', '=a,b'];
    for (const text of hostile) assert.match(readCells(cellOf(text))[0] ?? '', /^'/, JSON.stringify(text));
    assert.equal(cellOf('a,"b"\r\nc'), '"a,""b""\r\nc"');
    assert.equal(cellOf(undefined), '');
    assert.equal(cellOf('1-2'), '1-2');
  });
});
