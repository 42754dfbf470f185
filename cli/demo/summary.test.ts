import assert from 'node:assert/strict';
import { asManyAsFit } from './summary.ts';

describe('cli/demo summary', () => {
  it('shows what fits on a line, and the sum of the rest', () => {
    const entries = [
      ['text', 4_885],
      ['image', 212],
      ['poll', 110],
      ['place', 90],
    ] as const;
    assert.deepEqual(asManyAsFit(entries, 80), ['text 4,885', 'image 212', 'poll 110', 'place 90']);
    assert.deepEqual(asManyAsFit(entries, 40), ['text 4,885', 'image 212', 'and 200 others']);
    assert.deepEqual(asManyAsFit(entries, 5), ['text 4,885', 'and 412 others']);
    assert.deepEqual(asManyAsFit([], 5), []);
  });
});
