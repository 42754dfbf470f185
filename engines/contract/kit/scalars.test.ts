import assert from 'node:assert/strict';
import fc from 'fast-check';
import { clip, said, toBase64, toNumber, toSeconds } from './scalars.ts';

const NOW = 1_795_000_000;

describe('engine kit: scalars', () => {
  it('reads numbers in every dress', () => {
    const long = { low: -1, high: 0, unsigned: true };
    assert.deepEqual(
      [5, '5', 5n, long, { low: 5, high: 1, unsigned: false }, 'x', null, undefined, Number.NaN].map(
        toNumber,
      ),
      [5, 5, 5, 4_294_967_295, 4_294_967_301, null, null, null, null],
    );
    assert.equal(toNumber({ low: -1, high: -1, unsigned: false }), -1);
    assert.equal(toNumber('5.5'), 5.5);
  });

  it('reads times in seconds and milliseconds', () => {
    assert.deepEqual([NOW, NOW * 1_000, -1, 1e20].map(toSeconds), [NOW, NOW, null, null]);
  });

  it('never cuts a character in two', () => {
    assert.equal(clip('ab😀', 3), 'ab');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, max) => {
        const clipped = clip(text, max) ?? '';
        return (
          clipped.length <= max &&
          text.startsWith(clipped) &&
          clipped.isWellFormed() === text.slice(0, clipped.length).isWellFormed()
        );
      }),
    );
  });

  it('drops what is not said', () => {
    assert.deepEqual(said({ a: null, b: undefined, c: 0, d: '' }), { c: 0, d: '' });
  });

  it('reads bytes in every dress, up to the limit', () => {
    const dresses = [new Uint8Array([1, 2, 255]), [1, 2, 255], { 0: 1, 1: 2, 2: 255 }, 'AQL/'];
    assert.deepEqual(
      dresses.map((one) => toBase64(one, 3)),
      ['AQL/', 'AQL/', 'AQL/', 'AQL/'],
    );
    for (const odd of [
      new Uint8Array(100),
      Array(100).fill(0),
      '*',
      '',
      [],
      {},
      [256],
      [0.5],
      ['1'],
      null,
      7,
    ]) {
      assert.equal(toBase64(odd, 64), null);
    }
  });
});
