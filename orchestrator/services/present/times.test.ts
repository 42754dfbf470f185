import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TandemError } from '#kernel/errors.ts';
import { createTimes } from './times.ts';

const berlin = createTimes('Europe/Berlin');
const kolkata = createTimes('Asia/Kolkata');
const utc = createTimes('UTC');

describe('times', () => {
  it('prints in the zone, with its offset of that day', () => {
    assert.equal(berlin.iso(1_772_357_400), '2026-03-01T10:30:00+01:00');
    assert.equal(berlin.iso(1_782_898_200), '2026-07-01T11:30:00+02:00');
    assert.equal(kolkata.iso(0), '1970-01-01T05:30:00+05:30');
    assert.equal(utc.isoMs(1_500), '1970-01-01T00:00:01Z');
  });

  it('reads a date as the first second of the day in the zone', () => {
    assert.equal(berlin.iso(berlin.parse('2026-03-01', 'after')), '2026-03-01T00:00:00+01:00');
    assert.equal(kolkata.iso(kolkata.parse('2026-03-01', 'after')), '2026-03-01T00:00:00+05:30');
    // The day on which the clocks change.
    assert.equal(berlin.iso(berlin.parse('2026-03-29', 'after')), '2026-03-29T00:00:00+01:00');
    assert.equal(berlin.iso(berlin.parse('2026-03-30', 'after')), '2026-03-30T00:00:00+02:00');
  });

  it('takes the offset that is written, whatever the zone', () => {
    const at = 1_772_357_400;
    for (const text of [
      '2026-03-01T09:30:00Z',
      '2026-03-01T10:30+01:00',
      '2026-03-01T15:00:00.123+05:30',
      '2026-03-01 08:30:00-0100',
    ])
      assert.equal(kolkata.parse(text, 'after'), at, text);
    assert.equal(berlin.parse('2026-03-01T10:30:00', 'after'), at);
  });

  it('takes every offset that there is', () => {
    assert.equal(utc.parse('1970-01-02T14:00+14:00', 'after'), 86_400);
    assert.equal(utc.parse('1970-01-01T12:00-12:00', 'after'), 86_400);
  });

  it('refuses what is no moment, and names the field', () => {
    for (const text of [
      '',
      'yesterday',
      '2026-02-30',
      '2026-13-01',
      '2026-03-01T25:00',
      '1772357400',
      '2026-3-1',
      '2026-03-01T09:30:00+99:00',
      '2026-03-01T09:30:00+14:01',
      '2026-03-01T09:30:00-01:60',
    ])
      assert.throws(
        () => berlin.parse(text, 'before'),
        (error) =>
          error instanceof TandemError && error.code === 'INVALID_TIME' && error.details?.field === 'before',
        text,
      );
  });

  it('reads back what it prints', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
        for (const times of [berlin, kolkata, utc])
          assert.equal(times.parse(times.iso(seconds), 'after'), seconds);
      }),
    );
  });
});
