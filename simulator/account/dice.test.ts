import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { scramble, unscramble } from './dice.ts';
import { indexOfStanzaId, stanzaId } from './stanza-id.ts';

const word = fc.integer({ min: 0, max: 0xffffffff });

describe('simulator dice', () => {
  it('scrambles 32 bits without loss', () => {
    fc.assert(fc.property(word, (value) => assert.equal(unscramble(scramble(value)), value)));
  });

  it('turns stanza ids back into indexes, and only its own', () => {
    fc.assert(
      fc.property(word, fc.nat(5_000), fc.nat(1_000_000), (seed, ordinal, index) => {
        const id = stanzaId(seed, ordinal, index);
        assert.equal(indexOfStanzaId(seed, ordinal, index + 1, id), index);
        assert.equal(indexOfStanzaId(seed, ordinal, index, id), null);
        assert.equal(indexOfStanzaId(seed, ordinal, index + 1, `${id.slice(0, -1)}G`), null);
      }),
    );
  });
});
