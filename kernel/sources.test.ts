import assert from 'node:assert/strict';
import { createFixedClock, nowSeconds } from './clock.ts';
import { createSequentialIds, systemIds } from './ids.ts';
import { isSupportedNode } from './runtime.mjs';

describe('clock and ids', () => {
  it('stand still in tests until they are moved', () => {
    const clock = createFixedClock(1_999);
    assert.equal(nowSeconds(clock), 1);
    clock.advance(1);
    assert.equal(nowSeconds(clock), 2);
    const ids = createSequentialIds();
    assert.deepEqual([ids.hex(2), ids.hex(2), ids.hex(1)], ['0001', '0002', '03']);
  });

  it('are random in the real world', () => {
    assert.match(systemIds.hex(8), /^[0-9a-f]{16}$/);
    assert.notEqual(systemIds.hex(8), systemIds.hex(8));
  });
});

describe('Node version guard', () => {
  it('knows which releases strip types by themselves', () => {
    const supported = ['22.18.0', '22.20.1', '23.6.0', '24.0.0', '25.1.0'];
    for (const version of supported) assert.ok(isSupportedNode(version), version);
    for (const version of ['18.20.0', '20.19.0', '22.17.9', '22.6.0'])
      assert.ok(!isSupportedNode(version), version);
  });
});
