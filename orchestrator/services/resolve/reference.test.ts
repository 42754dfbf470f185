import assert from 'node:assert/strict';
import { TandemError } from '#kernel/errors.ts';
import { readReference } from './reference.ts';

const code = (wanted: string) => (error: unknown) => error instanceof TandemError && error.code === wanted;

describe('references', () => {
  it('take an id in any accepted form as it is', () => {
    assert.deepEqual(readReference(' 4915112345678@c.us ', 'chat'), {
      kind: 'jid',
      jid: '4915112345678@s.whatsapp.net',
    });
    assert.deepEqual(readReference('111222333@lid', 'chat'), { kind: 'jid', jid: '111222333@lid' });
  });

  it('take a number however it is spaced', () => {
    for (const text of ['+49 151 1234-5678', '4915112345678', '(49) 151.12345678', '+49/15112345678'])
      assert.deepEqual(readReference(text, 'chat'), {
        kind: 'phone',
        jid: '4915112345678@s.whatsapp.net',
        digits: '4915112345678',
      });
  });

  it('take everything else as a name, short numbers too', () => {
    for (const name of ['Anna', '2024', 'Flat 12', 'a@b.example', '+1 group'])
      assert.deepEqual(readReference(name, 'chat'), { kind: 'name', name });
  });

  it('refuse broken ids, numbers without country code, nothing, and too much', () => {
    assert.throws(() => readReference('abc@s.whatsapp.net', 'chat'), code('INVALID_JID'));
    assert.throws(() => readReference('01511234567', 'chat'), code('INVALID_PHONE_FORMAT'));
    assert.throws(() => readReference('  ', 'chat'), code('VALIDATION_ERROR'));
    assert.throws(() => readReference('x'.repeat(201), 'chat'), code('VALIDATION_ERROR'));
  });

  it('ask more of a number that claims to be whole', () => {
    assert.throws(() => readReference('+1 555 123', 'chat'), code('INVALID_PHONE_FORMAT'));
    assert.equal(readReference('1555123', 'chat').kind, 'phone');
  });
});
