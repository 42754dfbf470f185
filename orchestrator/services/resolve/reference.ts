import { jidOfPhone, normaliseJid } from '#engines/contract/identity.ts';
import { TandemError } from '#kernel/errors.ts';
import { REFERENCE_MAX_CHARS } from '#kernel/limits.ts';
import { readPhone } from './phone.ts';

/** What a person typed to name a chat or somebody. */
export type Reference =
  | { readonly kind: 'jid'; readonly jid: string }
  | { readonly kind: 'phone'; readonly jid: string; readonly digits: string }
  | { readonly kind: 'name'; readonly name: string };

const PHONE_LIKE = /^\+?[\d\s().\-/]+$/;
const PHONE_MIN_DIGITS = 7;

/** `own` = number of the account, for suggestions. Throws INVALID_JID, INVALID_PHONE_FORMAT, VALIDATION_ERROR. */
export function readReference(text: string, field: string, own: string | null = null): Reference {
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
    // Without + it may be a part of a number that the store knows; with it, it claims to be whole.
    const phone = readPhone(typed, field, { strict: typed.startsWith('+'), own });
    return { kind: 'phone', jid: jidOfPhone(phone), digits: phone };
  }
  return { kind: 'name', name: typed };
}
