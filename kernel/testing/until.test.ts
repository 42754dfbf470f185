import assert from 'node:assert/strict';
import { until } from './until.ts';

describe('waiting for a condition', () => {
  it('gives what the look found, also when it is 0 or an empty text', async () => {
    const found = [null, undefined, false, 0];
    assert.equal(await until(() => found.shift(), 'number'), 0);
    assert.equal(await until(async () => '', 'text'), '');
  });

  it('names what did not come, as it is known at the end', async () => {
    let looks = 0;
    const look = () => {
      looks += 1;
      return false;
    };
    await assert.rejects(until(look, 'reply', 30), /^Error: no reply within 30 ms$/);
    assert.ok(looks > 1);
    await assert.rejects(
      until(look, () => `reply after ${looks} looks`, 0),
      (error: Error) => error.message === `no reply after ${looks} looks within 0 ms`,
    );
  });

  it('does not hide what the look throws', async () => {
    await assert.rejects(
      until(() => Promise.reject(new Error('broken')), 'reply'),
      /broken/,
    );
  });
});
