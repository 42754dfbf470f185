import assert from 'node:assert/strict';
import { TandemError } from '#kernel/errors.ts';
import { createCursors } from './cursor.ts';
import { closeOffset, countFitting, openOffset } from './paging.ts';

const cursors = createCursors(new Uint8Array(32).fill(1));

describe('paging', () => {
  it('fits as much as a client takes, and always something', () => {
    assert.equal(countFitting([]), 0);
    assert.equal(countFitting(['small', 'small']), 2);
    const large = 'x'.repeat(10_000);
    assert.equal(countFitting([large, large, large, large, large]), 3);
    assert.equal(countFitting(['x'.repeat(100_000), 'small']), 1);
  });

  it('walks a list to its end, each item once, even when answers are cut short', () => {
    const all = Array.from({ length: 23 }, (_, n) => ({ n, text: 'x'.repeat(n % 5 === 0 ? 20_000 : 10) }));
    const seen: number[] = [];
    let cursor: string | undefined;
    for (let round = 0; round < 50; round += 1) {
      const offset = openOffset(cursors, 'list', {}, { limit: 7, ...(cursor ? { cursor } : {}) });
      const items = all.slice(offset, offset + 7);
      const page = closeOffset(cursors, 'list', {}, offset, items, all.length);
      seen.push(...page.items.map(({ n }) => n));
      assert.equal(page.has_more, page.next_cursor !== undefined);
      if (!page.has_more) break;
      cursor = page.next_cursor;
    }
    assert.deepEqual(
      seen,
      all.map(({ n }) => n),
    );
  });

  it('goes by page number too, but not by both', () => {
    assert.equal(openOffset(cursors, 'list', {}, { limit: 10, page: 3 }), 30);
    const cursor = cursors.seal('list', {}, [5]);
    assert.throws(
      () => openOffset(cursors, 'list', {}, { limit: 10, page: 3, cursor }),
      (error) => error instanceof TandemError && error.code === 'VALIDATION_ERROR',
    );
  });
});
