import dns from 'node:dns';
import { getSystemErrorMap } from 'node:util';
import { errorCatalogue } from './error-catalogue.ts';

/** Of Node, of Tandem's own waiting, and of Redis: in none of the lists, and without the form of the others or too short. */
const OTHERS = ['ABORT_ERR', 'TIMEOUT', 'NOAUTH', 'NOPERM', 'WRONGPASS'];

const KNOWN: ReadonlySet<string> = new Set([
  ...Object.keys(errorCatalogue),
  // Of libuv: the same on every system, unlike the numbers behind them.
  ...[...getSystemErrorMap().values()].map(([name]) => name),
  // Of the resolver: ENOTFOUND, EREFUSED.
  ...Object.values(dns).filter((value) => typeof value === 'string'),
  ...OTHERS,
]);

/** SQLITE_FULL, ERR_INVALID_ARG_TYPE; or a system code such as ENOENT. */
const WORDS = /^(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|E[A-Z]{3,})$/;
const MAX_CHARS = 60;
/** Of a pairing code, which WhatsApp shows as XXXX-XXXX. */
const PAIRING_CHARS = 8;
const STATUS = /^\d{1,3}$/;

/**
 * True for what is surely the code of an error and not the code that links a phone: both travel as `code`. Whatever has the
 * length of a pairing code, however it is parted, has to be a code that somebody has written down.
 */
export function isErrorCode(value: unknown): boolean {
  if (typeof value === 'number') return STATUS.test(String(value));
  if (typeof value !== 'string') return false;
  if (KNOWN.has(value) || STATUS.test(value)) return true;
  if (value.length > MAX_CHARS || !WORDS.test(value)) return false;
  return value.replaceAll('_', '').length !== PAIRING_CHARS;
}
