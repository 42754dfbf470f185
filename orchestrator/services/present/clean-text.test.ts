import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cleanName, cleanText, cutText } from './clean-text.ts';

const hidden = [
  '\u0000', '\u001b', '\u007f', '\u0085', '\u00ad', '\u061c', '\u200b', '\u200e', '\u200f', '\u202e', '\u2066',
  '\u2069', '\u2060', '\ufeff', '\u3164', '\ufe01', '\u{e0041}', '\u{e0100}', '\u200d', '\u200c',
]; // biome-ignore format: a list reads better dense

describe('clean text', () => {
  it('drops every character that does not show, wherever it stands', () => {
    for (const character of hidden) {
      assert.equal(cleanText(`a${character}b`), 'ab', character.codePointAt(0)?.toString(16));
      assert.equal(cleanText(`${character}Ж`), 'Ж');
    }
  });

  it('keeps what people write', () => {
    const texts = [
      'plain',
      'two\nlines\tand a tab',
      'Grüße 日本語 עברית العربية हिन्दी',
      '👨‍👩‍👧 family',
      '👍🏽 ❤️ 🏳️‍🌈',
      'می‌خواهم',
      'e\u0301',
    ];
    for (const text of texts) assert.equal(cleanText(text), text);
  });

  it('makes one kind of line break, and none in names', () => {
    assert.equal(cleanText('a\r\nb\u2028c\rd'), 'a\nb\nc\nd');
    assert.equal(cleanName(' Anna\n\tMüller\u202e '), 'Anna Müller');
  });

  it('never yields a broken or hidden character, and has nothing left to do the second time', () => {
    const piece = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...hidden, '\ud800', '👩', 'ی'));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const clean = cleanText(pieces.join(''));
        assert.ok(clean.isWellFormed());
        for (const character of hidden.slice(0, -2)) assert.ok(!clean.includes(character));
        assert.equal(cleanText(clean), clean);
      }),
    );
  });

  it('cuts without splitting a character, and says so', () => {
    assert.deepEqual(cutText('short', 10), { text: 'short', cut: false });
    assert.deepEqual(cutText('abcdef', 4), { text: 'abc…', cut: true });
    assert.deepEqual(cutText('ab👍cd', 4), { text: 'ab…', cut: true });
  });
});
