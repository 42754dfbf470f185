import assert from 'node:assert/strict';
import { createTerminal } from '../render/terminal.ts';
import { asManyAsFit, type Origin, printVerdict, sumWords } from './summary.ts';

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

  it('names where every message comes from, so that the sum is that of the check', () => {
    const origins: readonly Origin[] = [
      [5_850, 'at first'],
      [3, 'arrived'],
      [1, 'sent'],
      [11, 'in the community'],
    ];
    assert.equal(sumWords(5_865, origins), '5,850 at first + 3 arrived + 1 sent + 11 in the community');
    assert.equal(
      sumWords(5_867, [...origins.slice(0, 2), [0, 'sent']]),
      '5,850 at first + 3 arrived + 14 others',
    );
    const printed: string[] = [];
    const figures = { missing: 0, unexpected: 0, earlier: 0, unconfirmed: 0, twice: 0, different: 0 };
    const verdict = { ...figures, expected: 5_865, present: 5_865, missingIds: [], ok: true };
    printVerdict(createTerminal({ write: (text) => printed.push(text) > 0 }, {}), verdict, origins);
    assert.match(printed.join(''), /expected +5,865 = 5,850 at first \+ 3 arrived .*\npresent +5,865\n/);
  });
});
