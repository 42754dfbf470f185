import assert from 'node:assert/strict';
import { createFixedClock } from '#kernel/clock.ts';
import { backoffMs, createDeathCircuit } from './backoff.ts';

describe('backoff', () => {
  it('doubles from a second to half a minute, within a quarter of jitter', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6, 7, 100].map((attempt) => backoffMs(attempt, 0.5)),
      [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000],
    );
    assert.equal(backoffMs(1, 0), 750);
    assert.equal(Math.round(backoffMs(1, 0.999_999)), 1_250);
  });

  it('rests after the sixth death in five minutes, and then counts anew', () => {
    const clock = createFixedClock(0);
    const circuit = createDeathCircuit(clock);
    const six = () => Array.from({ length: 6 }, () => circuit.died());
    assert.deepEqual(six(), [0, 0, 0, 0, 0, 300_000]);
    assert.deepEqual(six(), [0, 0, 0, 0, 0, 300_000]);
    circuit.died();
    circuit.reset();
    assert.deepEqual(six(), [0, 0, 0, 0, 0, 300_000]);
  });

  it('rests at once when only a person can help', () => {
    const circuit = createDeathCircuit(createFixedClock(0));
    assert.deepEqual(
      [
        circuit.died('ENGINE_START_FAILED'),
        circuit.died('BROWSER_MISSING'),
        circuit.died('DATA_DIR_UNUSABLE'),
      ],
      [0, 300_000, 0],
    );
  });

  it('forgets deaths that are long ago', () => {
    const clock = createFixedClock(0);
    const circuit = createDeathCircuit(clock);
    for (let n = 0; n < 50; n += 1) {
      assert.equal(circuit.died(), 0);
      clock.advance(61_000);
    }
  });
});
