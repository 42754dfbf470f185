import assert from 'node:assert/strict';
import fc from 'fast-check';
import { editDistance } from './edit-distance.ts';

describe('edit distance', () => {
  it('counts letters changed, added, dropped and swapped', () => {
    for (const [one, other, wanted] of [
      ['anna', 'anna', 0],
      ['anna', 'hanna', 1],
      ['anna', 'ana', 1],
      ['anna', 'nana', 1],
      ['müller', 'muler', 2],
      ['', 'ab', 2],
      ['😀b', 'b', 1],
    ] as const)
      assert.equal(editDistance(one, other, 9), wanted, `${one} ${other}`);
  });

  it('gives up beyond the limit', () => {
    assert.equal(editDistance('anna', 'bert', 3), null);
    assert.equal(editDistance('anna', 'annabelle', 3), null);
  });

  it('is the same in both directions, and never more than the longer word', () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (one, other) => {
        const there = editDistance(one, other, 99);
        assert.equal(there, editDistance(other, one, 99));
        assert.ok((there ?? 99) <= Math.max([...one].length, [...other].length));
      }),
    );
  });
});
