import assert from 'node:assert/strict';
import { TandemError } from '#kernel/errors.ts';
import { readPhone } from './phone.ts';

describe('phone numbers', () => {
  const refusal = (text: string, own: string | null = null) => {
    try {
      return readPhone(text, 'phone_number', { strict: true, own });
    } catch (error) {
      assert.ok(error instanceof TandemError);
      assert.equal(error.code, 'INVALID_PHONE_FORMAT');
      assert.ok(!error.message.includes(text), 'the number is not repeated in the message');
      return error.details ?? {};
    }
  };

  it('are taken however they are spaced, and lose the zero that is dialled at home', () => {
    for (const text of ['+49 151 1234-5678', '4915112345678', '(49) 151.12345678', '+49 (0)151 12345678'])
      assert.equal(refusal(text), '4915112345678', text);
  });

  it('keep the forms that WhatsApp knows and the country has given up', () => {
    assert.equal(refusal('+5215512345678'), '5215512345678');
    assert.equal(refusal('+551187654321'), '551187654321');
  });

  it('are refused with the reason, and with the number that was probably meant', () => {
    const own = '+4915100000000';
    for (const [text, problem, suggestion] of [
      ['0049 151 12345678', 'write + instead of the leading 00', '+4915112345678'],
      ['0151 12345678', 'it starts with 0, the country code is missing', '+4915112345678'],
      ['+49151', 'it is too short, at least 7 digits', undefined],
      ['+1 555 123', 'it is too short for its country', undefined],
      ['1'.repeat(16), 'it is too long, at most 15 digits', undefined],
      ['+99912345678', 'no country has this country code', undefined],
      ['call me', 'it has no digits', undefined],
      ['+49x15112345678', 'it has characters that no number has', '+4915112345678'],
    ] as const) {
      const details = { field: 'phone_number', problem, ...(suggestion === undefined ? {} : { suggestion }) };
      assert.deepEqual(refusal(text, own), details, text);
    }
    const withoutCountry = refusal('0151 12345678') as Record<string, unknown>;
    assert.equal(withoutCountry.suggestion, undefined);
  });
});
