import assert from 'node:assert/strict';
import { createFixedClock } from '#kernel/clock.ts';
import { createPhone, type Presence } from './phone.ts';

const WAIT_MS = 10_000;

describe('whether the phone is there', () => {
  it('seems not so after three silences in a row, and so after one answer', () => {
    const clock = createFixedClock(0);
    const phone = createPhone(clock, WAIT_MS);
    assert.equal(phone.isThere(), false, 'nothing is known of it');
    for (const seemsAway of [false, false, true]) {
      phone.silent();
      assert.equal(phone.seemsAway(), seemsAway);
    }
    phone.answered(7);
    assert.deepEqual([phone.seemsAway(), phone.isThere(), phone.lastAnswered()], [false, true, 7]);
    clock.advance(4 * WAIT_MS + 1);
    assert.equal(phone.isThere(), false, 'that was long ago');
  });

  it('is looked at after longer and longer rests, and one silence is enough then', () => {
    const phone = createPhone(createFixedClock(0), WAIT_MS);
    for (let n = 0; n < 3; n += 1) phone.silent();
    const rests = Array.from({ length: 20 }, () => {
      const ms = phone.restMs();
      assert.equal(phone.seemsAway(), false);
      phone.silent();
      assert.equal(phone.seemsAway(), true);
      return ms;
    });
    assert.deepEqual(rests.slice(0, 3), [WAIT_MS, 2 * WAIT_MS, 4 * WAIT_MS]);
    assert.equal(rests.at(-1), 900_000);
    phone.answered(1);
    assert.equal(phone.restMs(), WAIT_MS);
  });

  it('is asked once for all who want to know', async () => {
    const phone = createPhone(createFixedClock(0), WAIT_MS);
    let asked = 0;
    const ask = (): Promise<Presence> => {
      asked += 1;
      return Promise.resolve('there');
    };
    assert.deepEqual(await Promise.all([phone.find(ask), phone.find(ask)]), ['there', 'there']);
    assert.equal(asked, 1);
    await phone.find(ask);
    assert.equal(asked, 2);
  });
});
