import { jidOfPhone, normaliseJid } from '#engines/contract/identity.ts';
import { TandemError } from '#kernel/errors.ts';
import { REFERENCE_MAX_CHARS } from '#kernel/limits.ts';

/** What a person typed to name a chat or somebody. */
export type Reference =
  | { readonly kind: 'jid'; readonly jid: string }
  | { readonly kind: 'phone'; readonly jid: string; readonly digits: string }
  | { readonly kind: 'name'; readonly name: string };

const PHONE_LIKE = /^\+?[\d\s().\-/]+$/;
const PHONE_MIN_DIGITS = 7;

/** Throws INVALID_JID, INVALID_PHONE_FORMAT, VALIDATION_ERROR. */
export function readReference(text: string, field: string): Reference {
  const typed = text.trim();
  if (typed === '' || typed.length > REFERENCE_MAX_CHARS) {
    throw new TandemError('VALIDATION_ERROR', {
      message: `${field}: expected 1 to ${REFERENCE_MAX_CHARS} characters.`,
      details: { problems: [{ field, problem: `expected 1 to ${REFERENCE_MAX_CHARS} characters` }] },
    });
  }
  const jid = normaliseJid(typed);
  if (jid !== null) return { kind: 'jid', jid };
  if (/@(?:s\.whatsapp\.net|c\.us|lid|g\.us|newsletter|broadcast)$/.test(typed))
    throw new TandemError('INVALID_JID', { details: { field } });
  const digits = typed.replace(/\D/g, '');
  if (PHONE_LIKE.test(typed) && digits.length >= PHONE_MIN_DIGITS) {
    const phone = readPhone(typed, field);
    return { kind: 'phone', jid: jidOfPhone(phone), digits: phone };
  }
  return { kind: 'name', name: typed };
}

const PHONE_MAX_DIGITS = 15;

/** Digits with country code. Throws INVALID_PHONE_FORMAT that says what is wrong with the number. */
export function readPhone(text: string, field: string): string {
  const typed = text.trim();
  const digits = typed.replace(/\D/g, '');
  const problem = phoneProblem(typed, digits);
  if (problem !== null) {
    throw new TandemError('INVALID_PHONE_FORMAT', {
      message: `This is not a phone number in international form: ${problem}.`,
      details: { field, problem },
    });
  }
  return digits;
}

function phoneProblem(typed: string, digits: string): string | null {
  if (digits === '') return 'it has no digits';
  if (/[^\d\s().\-/+]/.test(typed) || typed.lastIndexOf('+') > 0)
    return 'it has characters that no number has';
  if (digits.startsWith('00')) return 'write + instead of the leading 00';
  if (digits.startsWith('0')) return 'it starts with 0, the country code is missing';
  if (digits.length < PHONE_MIN_DIGITS) return `it is too short, at least ${PHONE_MIN_DIGITS} digits`;
  if (digits.length > PHONE_MAX_DIGITS) return `it is too long, at most ${PHONE_MAX_DIGITS} digits`;
  return null;
}
