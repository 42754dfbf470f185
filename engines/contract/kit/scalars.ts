import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import { isPersonJid, normaliseJid } from '../identity.ts';

/** Conversions from a library's loose values to the contract's. All total: they never throw. */

const LONGEST_SECONDS = 99_999_999_999;

/** Number of a Long, a numeric text or a number; null for anything else. */
export function toNumber(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string') return /^-?\d{1,20}(\.\d{1,9})?$/.test(value) ? Number(value) : null;
  if (typeof value !== 'object' || value === null || !('low' in value) || !('high' in value)) return null;
  const { low, high } = value;
  const { unsigned } = value as { unsigned?: unknown };
  if (typeof low !== 'number' || typeof high !== 'number') return null;
  // Arithmetic instead of the object's own method: a Long that went through JSON has lost it.
  return (unsigned === true ? high >>> 0 : high) * 2 ** 32 + (low >>> 0);
}

/** Whole seconds of a time in seconds or milliseconds; null when it is none. */
export function toSeconds(value: unknown): number | null {
  const number = toNumber(value);
  if (number === null || number < 0) return null;
  const seconds = Math.floor(number > LONGEST_SECONDS ? number / MILLISECONDS_PER_SECOND : number);
  return seconds <= LONGEST_SECONDS ? seconds : null;
}

/** Like toSeconds, with 0 ("never set") as null. */
export function toTime(value: unknown): number | null {
  const seconds = toSeconds(value);
  return seconds === 0 ? null : seconds;
}

/** A whole number from 0 on; null otherwise. */
export function toCount(value: unknown): number | null {
  const number = toNumber(value);
  return number !== null && number >= 0 && number <= Number.MAX_SAFE_INTEGER ? Math.floor(number) : null;
}

export function toFlag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

export function toJid(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? normaliseJid(value) : null;
}

export function toPerson(value: unknown): string | null {
  const jid = toJid(value);
  return jid !== null && isPersonJid(jid) ? jid : null;
}

/** The text within the limit, never cut inside a surrogate pair; null when it is none. */
export function clip(value: unknown, maxChars: number): string | null {
  if (typeof value !== 'string') return null;
  if (value.length <= maxChars) return value;
  const cut = value.slice(0, maxChars);
  const last = cut.charCodeAt(cut.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? cut.slice(0, -1) : cut;
}

/** Like clip, with the empty text as null. */
export function clipName(value: unknown, maxChars: number): string | null {
  const text = clip(value, maxChars);
  return text === '' ? null : text;
}

/** Base64 of bytes, of what JSON made of bytes (an array, or `{"0": 1, "1": 2, …}`), or of a text that is base64 already. */
export function toBase64(value: unknown, maxBytes: number): string | null {
  if (typeof value === 'string') {
    return value !== '' && value.length <= maxBytes * 2 && /^[A-Za-z0-9+/]*={0,2}$/.test(value)
      ? value
      : null;
  }
  if (value instanceof Uint8Array) {
    if (value.byteLength === 0 || value.byteLength > maxBytes) return null;
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  }
  if (typeof value !== 'object' || value === null) return null;
  const bytes: unknown[] = Object.values(value).slice(0, maxBytes + 1);
  if (bytes.length === 0 || bytes.length > maxBytes) return null;
  const isByte = (byte: unknown) => Number.isInteger(byte) && (byte as number) >= 0 && (byte as number) < 256;
  return bytes.every(isByte) ? Buffer.from(bytes as number[]).toString('base64') : null;
}

/** An object without the entries that are null or undefined: "not said" is absent in the contract. */
export function said<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], null | undefined> } {
  // A plain loop: it runs several times for each message of a history of years.
  const found: { [K in keyof T]?: Exclude<T[K], null | undefined> } = {};
  for (const key in fields) {
    const value = fields[key];
    if (value !== null && value !== undefined) found[key] = value as Exclude<T[typeof key], null | undefined>;
  }
  return found;
}
