import assert from 'node:assert/strict';
import { createVoucher } from './voucher.ts';

describe('voucher', () => {
  it('vouches only for what was committed before a sync began', async () => {
    const syncs: (() => void)[] = [];
    const voucher = createVoucher(() => new Promise((resolve) => syncs.push(resolve)));
    voucher.committed(3);
    voucher.committed(5);
    assert.equal(voucher.seq(), 0);
    syncs[0]?.();
    await new Promise(setImmediate);
    assert.equal(voucher.seq(), 3);
    assert.equal(syncs.length, 2, 'a second sync covers what came meanwhile');
    const settled = voucher.settle();
    syncs[1]?.();
    await settled;
    assert.equal(voucher.seq(), 5);
  });

  it('tells a failure to whoever settles, vouches for nothing, and tries again', async () => {
    let broken = true;
    const voucher = createVoucher(async () => {
      if (broken) throw new Error('disk');
    });
    voucher.committed(1);
    await new Promise(setImmediate);
    await assert.rejects(voucher.settle(), /disk/);
    assert.equal(voucher.seq(), 0);
    broken = false;
    await voucher.settle();
    assert.equal(voucher.seq(), 1);
  });
});
