import {
  type CountryCode,
  parsePhoneNumberFromString,
  validatePhoneNumberLength,
} from 'libphonenumber-js/min';
import { TandemError } from '#kernel/errors.ts';

/** The only place that knows how numbers are written around the world. */

const MIN_DIGITS = 7;
const MAX_DIGITS = 15;

export interface PhoneOptions {
  /** `+49…` of the own account: in which country a number without country code would be. */
  readonly own?: string | null;
  /** Refuses numbers that no country has; else they pass as they are, because WhatsApp knows old forms too. */
  readonly strict?: boolean;
}

/** Digits with country code, without a trunk zero. Throws INVALID_PHONE_FORMAT that says what is wrong and what may be meant. */
export function readPhone(text: string, field: string, options: PhoneOptions = {}): string {
  const typed = text.trim();
  const digits = typed.replace(/\D/g, '');
  const problem = problemOf(typed, digits, options.strict ?? false);
  if (problem !== null) throw invalid(field, problem, suggestionFor(typed, digits, options.own ?? null));
  const read = parsePhoneNumberFromString(`+${digits}`);
  return read?.number.slice(1) ?? digits;
}

function problemOf(typed: string, digits: string, strict: boolean): string | null {
  if (digits === '') return 'it has no digits';
  if (/[^\d\s().\-/+]/.test(typed) || typed.lastIndexOf('+') > 0)
    return 'it has characters that no number has';
  if (digits.startsWith('00')) return 'write + instead of the leading 00';
  if (digits.startsWith('0')) return 'it starts with 0, the country code is missing';
  if (digits.length < MIN_DIGITS) return `it is too short, at least ${MIN_DIGITS} digits`;
  if (digits.length > MAX_DIGITS) return `it is too long, at most ${MAX_DIGITS} digits`;
  return strict ? problemOfCountry(digits) : null;
}

/** Too long is left to WhatsApp: some countries shortened their numbers, and accounts keep the old ones. */
function problemOfCountry(digits: string): string | null {
  switch (validatePhoneNumberLength(`+${digits}`)) {
    case 'INVALID_COUNTRY':
      return 'no country has this country code';
    case 'TOO_SHORT':
      return 'it is too short for its country';
    default:
      return null;
  }
}

/** The number that was probably meant, in the form to write it; null when nothing sensible comes out. */
function suggestionFor(typed: string, digits: string, own: string | null): string | null {
  if (digits === '') return null;
  const country: CountryCode | undefined =
    own === null ? undefined : parsePhoneNumberFromString(own)?.country;
  const cleaned = typed.replace(/[^\d+]/g, '');
  const attempts = digits.startsWith('00') ? [`+${digits.slice(2)}`] : [cleaned, `+${digits}`];
  for (const attempt of attempts) {
    const read = parsePhoneNumberFromString(attempt, country);
    if (read?.isPossible()) return read.number;
  }
  return null;
}

function invalid(field: string, problem: string, suggestion: string | null): TandemError {
  return new TandemError('INVALID_PHONE_FORMAT', {
    message: `This is not a phone number in international form: ${problem}.`,
    ...(suggestion === null
      ? {}
      : { hint: 'Check the suggestion in the details, and use it if it is right.' }),
    details: { field, problem, ...(suggestion === null ? {} : { suggestion }) },
  });
}
