import assert from 'node:assert/strict';
import { failsWith } from '../testing/errors.ts';
import { parseRange } from './range.ts';
import { createTimes } from './times.ts';

const times = createTimes('UTC');
const clock = { now: () => Date.UTC(2026, 5, 1) };
const range = (from?: string, to?: string, begins = false) =>
  parseRange(times, { field: 'since', text: from }, { field: 'until', text: to }, begins ? clock : null);

describe('a range of time', () => {
  it('is open where nothing is said', () => {
    assert.deepEqual(range(), { from: null, to: null });
    assert.deepEqual(range('1970-01-02'), { from: 86_400, to: null });
    assert.deepEqual(range('1970-01-02', '1970-01-03'), { from: 86_400, to: 172_800 });
  });

  it('must hold something; the hint says what to change', async () => {
    for (const [from, to] of [
      ['2026-05-01', '2026-01-01'],
      ['2026-05-01', '2026-05-01'],
    ]) {
      const { message, hint, details } = await failsWith('INVALID_TIME', () => range(from, to));
      assert.match(message, /since must be earlier than until/);
      assert.match(hint, /swapped/);
      assert.doesNotMatch(hint, /ISO/);
      assert.deepEqual(details, { field: 'since' });
    }
  });

  it('must have begun where work is begun for it', async () => {
    assert.equal(range('2099-01-01').to, null);
    await failsWith('INVALID_TIME', () => range('2099-01-01', undefined, true));
    assert.notEqual(range('2026-05-01', '2099-01-01', true).to, null);
  });
});
