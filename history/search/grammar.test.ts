import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { formatQuery, parseQuery, phraseQuery } from './grammar.ts';
import { matchExpression, widened } from './match-expression.ts';

const parse = (text: string) => parseQuery(text, 'UTC');

describe('search grammar', () => {
  const readings: readonly (readonly [typed: string, read: string])[] = [
    ['two words', 'two words'],
    ['"a phrase" word', '"a phrase" word'],
    ['a OR b c', 'a OR b c'],
    ['a AND b', 'a b'],
    ['a NOT b', 'a -b'],
    ['-draft invoice', 'invoice -draft'],
    ['-"old draft" invoice', 'invoice -"old draft"'],
    ['umbr*', 'umbr*'],
    ['from:anna in:"Hiking club" tent', 'tent from:anna in:"Hiking club"'],
    ['before:2026-03-01 after:2025 x', 'x after:2025 before:2026-03-01'],
    ['has:image has:link', 'has:image has:link'],
    // What means nothing is searched for.
    ['before:yesterday', '"before:yesterday"'],
    ['after:2026-03-01T09:30+99:00', '"after:2026-03-01T09:30+99:00"'],
    ['has:money', '"has:money"'],
    ['OR', 'OR'],
    ['a OR', 'a'],
    ['"unclosed', '"unclosed"'],
    ['""', ''],
    ['*', ''],
    ['foo:bar', 'foo:bar'],
    ['c1 NEAR(a b) ^x', 'c1 NEAR(a b) ^x'],
  ];
  for (const [typed, read] of readings)
    it(`reads ${JSON.stringify(typed)} as ${JSON.stringify(read)}`, () => {
      assert.equal(formatQuery(parse(typed)), read);
    });

  it('reads its own normal form the same', () => {
    fc.assert(
      fc.property(queryText, (text) => {
        const once = formatQuery(parse(text));
        assert.equal(formatQuery(parse(once)), once);
      }),
      { seed: 11, numRuns: 2_000 },
    );
  });

  it('takes days in the zone it is given, over a change of clocks', () => {
    const at = (text: string, zone: string) => parseQuery(`after:${text}`, zone).after?.at;
    assert.equal(at('2026-01-15', 'Europe/Berlin'), Date.UTC(2026, 0, 14, 23) / 1_000);
    assert.equal(at('2026-03-29', 'Europe/Berlin'), Date.UTC(2026, 2, 28, 23) / 1_000);
    assert.equal(at('2026-03-30', 'Europe/Berlin'), Date.UTC(2026, 2, 29, 22) / 1_000);
    assert.equal(at('2026-01-15T10:00+05:30', 'Europe/Berlin'), Date.UTC(2026, 0, 15, 4, 30) / 1_000);
    assert.equal(at('2026-02-30', 'UTC'), undefined);
  });

  it('never makes a syntax error in the index, whatever is typed R:search-grammar', () => {
    const db = new Database(':memory:');
    db.exec(
      `CREATE VIRTUAL TABLE t USING fts5 (text, chat, content = '', contentless_delete = 1, prefix = '1 2 3')`,
    );
    db.prepare(`INSERT INTO t (rowid, text, chat) VALUES (1, 'some text', 'c1')`).run();
    const find = db.prepare(`SELECT rowid FROM t WHERE t MATCH ?`);
    fc.assert(
      fc.property(queryText, fc.boolean(), (text, inChat) => {
        for (const query of [parse(text), phraseQuery(text), widened(parse(text))]) {
          const expression = query === null ? null : matchExpression(query, inChat ? [1, 2] : []);
          if (expression !== null) find.all(expression);
        }
      }),
      { seed: 12, numRuns: 5_000 },
    );
    db.close();
  });
});

/** Anything, and things that look like operators in odd places. */
const queryText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        '"',
        '*',
        '-',
        'OR',
        'AND',
        'NOT',
        'NEAR',
        '(',
        ')',
        ':',
        '^',
        '+',
        'from:',
        'in:',
        'before:',
        'has:',
        'image',
        '2026-01-01',
        'word',
        'größe',
        '日本語',
        '👍🏽',
        'c1',
        ' ',
        '  ',
        '\0',
        '\\',
        "'",
        '{text}',
        ';--',
        'ไทย',
        '\ud83d',
      ),
      { maxLength: 14 },
    )
    .map((parts) => parts.join('')),
  fc.array(fc.string({ unit: 'grapheme', maxLength: 6 }), { maxLength: 6 }).map((parts) => parts.join(' ')),
);
