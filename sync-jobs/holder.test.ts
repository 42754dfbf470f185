import assert from 'node:assert/strict';
import { systemIds } from '#kernel/ids.ts';
import { createHolder, isHolderGone } from './holder.ts';

/** Larger than any number that a process gets. */
const NO_PROCESS = 2 ** 30;

describe('who holds a job', () => {
  it('is here while it is the own life, and gone when it was an earlier one of the same process', () => {
    const [own, earlier] = [createHolder(systemIds), createHolder(systemIds)];
    assert.notEqual(own, earlier);
    assert.equal(isHolderGone(own, own), false);
    assert.equal(isHolderGone(earlier, own), true);
  });

  it('is gone with its process, or when another process has got its number', () => {
    const own = createHolder(systemIds);
    const [, ticks = ''] = own.split(':');
    assert.equal(isHolderGone(`${NO_PROCESS}:${ticks}:abcd`, own), true);
    assert.equal(isHolderGone(`${process.ppid}::abcd`, own), false, 'it lives, and its start is not known');
    if (ticks !== '') assert.equal(isHolderGone(`${process.ppid}:1:abcd`, own), true);
  });
});
