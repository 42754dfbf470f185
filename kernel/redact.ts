import { isErrorCode } from './redact-codes.ts';
import { hideQuoted } from './redact-quoted.ts';

/**
 * The one redactor for everything that leaves the process as a log line. Ids keep their last digits,
 * so that lines about the same person can still be held together; texts and names go entirely.
 */

/** Keys whose values are message text, names or secrets, wherever they stand. */
const HIDDEN_KEYS = new Set([
  'text', 'body', 'caption', 'content', 'name', 'pushName', 'subject', 'description', 'query', 'message',
  'token', 'secret', 'authorization', 'password', 'key', 'mediaKey', 'creds', 'noiseKey', 'signedIdentityKey',
  'advSecretKey', 'privateKey', 'qr', 'code', 'pairingCode', 'phone',
]); // biome-ignore format: a list reads better dense

const JID = /\b(\d{3,})((?:[_:.]\d+)*)@(s\.whatsapp\.net|c\.us|lid|hosted|g\.us|newsletter|broadcast)\b/g;
const PHONE = /\+\d[\d ()-]{5,}\d|(?<!\d)\d{9,}(?!\d)/g;
const KEPT_DIGITS = 4;
const MAX_DEPTH = 6;
const MAX_ITEMS = 20;

/** Masks ids and numbers inside a text, and what an error quotes of what it was given. */
export function redactText(text: string): string {
  return hideQuoted(text)
    .replace(
      JID,
      (_all, user: string, _device: string, server: string) => `…${user.slice(-KEPT_DIGITS)}@${server}`,
    )
    .replace(PHONE, (found) => `…${found.replace(/\D/g, '').slice(-KEPT_DIGITS)}`);
}

/** A copy of plain data that is fit for a log: hidden keys replaced, ids masked, bytes and depth cut. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return '[…]';
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => redact(item, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    // Ids are also used as keys of maps.
    copy[redactText(key)] = isHidden(key, inner) ? '[hidden]' : redact(inner, depth + 1);
  }
  return copy;
}

/** The code that links a phone and the code of an error have the same key; without the latter a log explains nothing. */
function isHidden(key: string, value: unknown): boolean {
  if (!HIDDEN_KEYS.has(key) || value === null || value === undefined) return false;
  return key !== 'code' || !isErrorCode(value);
}

/** Type, code, details and stack frames stay; the message is masked because libraries quote what they were given. */
function redactError(error: Error, depth: number): unknown {
  const { code, details } = error as { code?: unknown; details?: unknown };
  return {
    type: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    reason: redactText(error.message),
    ...(details === undefined || details === null ? {} : { details: redact(details, depth + 1) }),
    frames: framesOf(error),
    ...(error.cause === undefined || depth >= 3 ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}

/** Only what stands behind the message: a quoted text may itself hold lines that look like frames. */
function framesOf(error: Error): string[] {
  const stack = error.stack ?? '';
  const at = stack.indexOf(error.message);
  return stack
    .slice(at < 0 ? 0 : at + error.message.length)
    .split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .slice(0, 8)
    .map((line) => redactText(line.trim()));
}
