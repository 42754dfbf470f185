import assert from 'node:assert/strict';
import { inLine } from './in-line.ts';

describe('works in line', () => {
  it('one after the other for the same thing, side by side for others, and on after a failure', async () => {
    const store = {};
    const seen: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = inLine(store, 1, async () => {
      await gate.promise;
      seen.push('first');
      throw new Error('broken');
    });
    const second = inLine(store, 1, async () => seen.push('second'));
    await inLine(store, 2, async () => seen.push('another thing'));
    await inLine({}, 1, async () => seen.push('another store'));
    gate.resolve();
    await assert.rejects(first, /broken/);
    await second;
    await inLine(store, 1, async () => seen.push('third'));
    assert.deepEqual(seen, ['another thing', 'another store', 'first', 'second', 'third']);
  });
});
