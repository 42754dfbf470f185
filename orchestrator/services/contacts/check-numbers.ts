import { phoneOfJid } from '#engines/contract/identity.ts';
import { type ErrorCode, TandemError, toTandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { personJid } from '../present/person.ts';
import { compact, type Reply, servedBy } from '../reply.ts';
import { readPhone } from '../resolve/phone.ts';
import { takeLookups } from './lookup-rate.ts';

export interface CheckedNumber {
  /** As it was given. */
  readonly phone: string;
  readonly is_on_whatsapp: boolean;
  /** The id to write to; the hidden one where WhatsApp tells it. */
  readonly jid?: string;
  readonly lid?: string;
  /** In international form. */
  readonly number?: string;
  readonly error?: { readonly code: ErrorCode; readonly message: string; readonly hint: string };
}

export interface CheckedNumbers {
  readonly results: CheckedNumber[];
  readonly on_whatsapp: number;
  /** How many were no numbers. */
  readonly invalid: number;
}

/**
 * Which numbers are on WhatsApp. A number that is none is told in its own result; when none is one, INVALID_PHONE_FORMAT.
 * Errors: RATE_LIMITED, and those of the router.
 */
export function createCheckNumbers(context: ServiceContext) {
  const { history, router } = context;

  return async (
    request: { readonly phones: readonly string[] },
    signal?: AbortSignal,
  ): Promise<Reply<CheckedNumbers>> => {
    const account = await history.account.get();
    const own = account?.pn ? phoneOfJid(account.pn) : null;
    const read = request.phones.map((phone) => {
      try {
        return { phone, digits: readPhone(phone, 'phones', { own, strict: true }), error: null };
      } catch (thrown) {
        return { phone, digits: null, error: toTandemError(thrown) };
      }
    });
    const digits = [...new Set(read.flatMap((one) => one.digits ?? []))];
    const [wrong] = read;
    if (digits.length === 0) throw wrong?.error ?? new TandemError('INVALID_PHONE_FORMAT');
    await takeLookups(context, digits.length);
    const outcome = await router.call(
      'contact.lookup',
      { phones: digits },
      signal === undefined ? {} : { signal },
    );
    const results = read.map(({ phone, digits: asked, error }): CheckedNumber => {
      if (error !== null) {
        const { code, message, hint } = error;
        return { phone, is_on_whatsapp: false, error: { code, message, hint } };
      }
      const found = outcome.output.results.find((one) => one.phone === asked);
      const exists = found?.exists === true;
      return compact({
        phone,
        is_on_whatsapp: exists,
        jid: exists && found !== undefined ? (personJid(found) ?? undefined) : undefined,
        lid: exists ? (found?.lid ?? undefined) : undefined,
        number: `+${asked}`,
      });
    });
    const found = results.filter(({ is_on_whatsapp }) => is_on_whatsapp).length;
    return {
      data: {
        results,
        on_whatsapp: found,
        invalid: results.filter(({ error }) => error !== undefined).length,
      },
      meta: servedBy(outcome),
      summary: `${found} of ${results.length} are on WhatsApp.`,
    };
  };
}
