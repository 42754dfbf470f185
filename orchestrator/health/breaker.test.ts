import assert from 'node:assert/strict';
import { createFixedClock } from '#kernel/clock.ts';
import { createBreakers } from './breaker.ts';

describe('breakers', () => {
  it('open after three failures in a minute, for that engine and capability only', () => {
    const clock = createFixedClock(0);
    const breakers = createBreakers(clock);
    for (let n = 0; n < 3; n += 1) {
      assert.equal(breakers.openFor('baileys', 'group.read'), null);
      breakers.failed('baileys', 'group.read', 'ENGINE_TIMEOUT');
      clock.advance(1_000);
    }
    assert.deepEqual(breakers.openFor('baileys', 'group.read'), {
      code: 'ENGINE_TIMEOUT',
      retryAfterSeconds: 29,
    });
    assert.deepEqual([breakers.recentFailures('baileys'), breakers.recentFailures('webjs')], [3, 0]);
    assert.equal(breakers.openFor('baileys', 'send.text'), null);
    assert.equal(breakers.openFor('webjs', 'group.read'), null);
  });

  it('let one call try after half a minute, and close or open with its outcome', () => {
    const clock = createFixedClock(0);
    const breakers = createBreakers(clock);
    const fail = () => breakers.failed('baileys', 'group.read', 'ENGINE_TIMEOUT');
    const isOpen = () => breakers.openFor('baileys', 'group.read') !== null;
    for (let n = 0; n < 3; n += 1) fail();
    clock.advance(29_999);
    assert.ok(isOpen());
    clock.advance(1);
    assert.ok(!isOpen());
    breakers.started('baileys', 'group.read');
    assert.ok(isOpen(), 'a second call passes beside the one that tries');
    fail();
    assert.ok(isOpen());
    clock.advance(30_000);
    breakers.started('baileys', 'group.read');
    breakers.succeeded('baileys', 'group.read');
    assert.ok(!isOpen());
    fail();
    assert.ok(!isOpen(), 'an old failure still counts');
  });

  it('do not count what is an answer, nor failures that are far apart', () => {
    const clock = createFixedClock(0);
    const breakers = createBreakers(clock);
    for (let n = 0; n < 10; n += 1) {
      breakers.failed('baileys', 'group.read', 'GROUP_NOT_FOUND');
      breakers.failed('baileys', 'send.text', 'ENGINE_TIMEOUT');
      clock.advance(30_001);
    }
    assert.equal(breakers.openFor('baileys', 'group.read'), null);
    assert.equal(breakers.openFor('baileys', 'send.text'), null);
  });

  it('do not hold against a new connection what the old one left undone', () => {
    const breakers = createBreakers(createFixedClock(0));
    const epoch = breakers.started('baileys', 'send.text');
    breakers.reset('baileys');
    for (let n = 0; n < 3; n += 1) breakers.failed('baileys', 'send.text', 'ENGINE_TIMEOUT', epoch);
    assert.equal(breakers.openFor('baileys', 'send.text'), null);
  });

  it('never claim an unknown outcome for a call that was held back', () => {
    const breakers = createBreakers(createFixedClock(0));
    for (let n = 0; n < 3; n += 1) breakers.failed('baileys', 'send.text', 'DELIVERY_UNKNOWN');
    assert.equal(breakers.openFor('baileys', 'send.text')?.code, 'ENGINE_UNREACHABLE');
    breakers.reset('baileys');
    assert.equal(breakers.openFor('baileys', 'send.text'), null);
  });
});
