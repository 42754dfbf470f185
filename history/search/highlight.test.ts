import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseQuery } from './grammar.ts';
import { literalSnippet, MARK_END, MARK_START, snippet } from './highlight.ts';

const show = (text: string, query: string) =>
  snippet(text, parseQuery(query, 'UTC')).replaceAll(MARK_START, '[').replaceAll(MARK_END, ']');

describe('search highlights', () => {
  it('marks words, phrases and prefixes, without regard to case and diacritics', () => {
    assert.equal(show('The Café is open', 'cafe'), 'The [Café] is open');
    assert.equal(show('a blue lantern, a lantern', '"blue lantern"'), 'a [blue lantern], a lantern');
    assert.equal(show('umbrellas and umbrage', 'umbr*'), '[umbrellas] and [umbrage]');
    assert.equal(show('Straße nach Köln', 'koln'), 'Straße nach [Köln]');
  });

  it('marks emoji and words of scripts without spaces', () => {
    assert.equal(show('gut 👍🏽 so', '👍'), 'gut [👍🏽] so');
    assert.equal(show('明日は会議があります', '会議'), '明日は[会議]があります');
  });

  it('cuts long texts around the first hit', () => {
    const text = `${'filler '.repeat(100)}needle${' filler'.repeat(100)}`;
    const cut = show(text, 'needle');
    assert.match(cut, /^….*\[needle\].*…$/);
    assert.ok(cut.length < 200);
  });

  it('marks a plain part where it stands', () => {
    assert.equal(literalSnippet('50% off!', '% o'), `50${MARK_START}% o${MARK_END}ff!`);
  });

  it('never leaves a mark open and never takes one from the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.string({ maxLength: 12 }),
        (text, query) => {
          const cut = snippet(`${MARK_START}${text}${MARK_END}`, parseQuery(query, 'UTC'));
          const marks = [...cut].filter((char) => char === MARK_START || char === MARK_END);
          assert.ok(marks.every((mark, i) => mark === (i % 2 === 0 ? MARK_START : MARK_END)));
          assert.equal(marks.length % 2, 0);
        },
      ),
      { seed: 13, numRuns: 1_000 },
    );
  });
});
