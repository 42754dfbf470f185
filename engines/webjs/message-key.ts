import { createRequire } from 'node:module';
import type { Page } from 'puppeteer';

/**
 * The library reads message keys by their text in `_serialized`. Builds of WhatsApp Web of 2026 call that property
 * otherwise, so it is put back: in the page, where the library looks messages up, and in what comes out of it.
 * Nothing here knows the other name.
 */

/** Gives the page's message keys their `_serialized` again; false when the page has no keys yet. */
export function restoreKeysInPage(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    interface Key {
      readonly fromMe?: unknown;
      readonly remote?: unknown;
      readonly id?: unknown;
      readonly participant?: unknown;
    }
    const { require: load } = globalThis as unknown as { require?: (name: string) => unknown };
    const find = () => {
      try {
        return load?.('WAWebMsgKey') as { readonly default?: unknown } | undefined;
      } catch {
        return undefined;
      }
    };
    const found = find();
    const { prototype } = (found?.default ?? found ?? {}) as { prototype?: object };
    if (prototype === undefined) return false;
    if (Object.getOwnPropertyDescriptor(prototype, '_serialized') !== undefined) return true;
    const asking = new WeakSet<object>();
    const own = Object.prototype.toString;
    Object.defineProperty(prototype, '_serialized', {
      configurable: true,
      get(this: Key) {
        // An older key writes itself by asking for this very property.
        if (!asking.has(this) && this.toString !== own) {
          asking.add(this);
          try {
            const text = String(this);
            if (/^(true|false)_/.test(text)) return text;
          } finally {
            asking.delete(this);
          }
        }
        const parts = [this.fromMe, this.remote, this.id, this.participant];
        return parts.filter((part) => part !== undefined && part !== null).join('_');
      },
      set(this: Key, value: unknown) {
        Object.defineProperty(this, '_serialized', {
          value,
          writable: true,
          configurable: true,
          enumerable: true,
        });
      },
    });
    return true;
  });
}

/** Messages hold quoted ones, keys of their parents, and the last of a chat. */
const DEPTH_MAX = 6;

/** Fills the text of every message key inside plain data that came out of the page, in place; gives the data back. */
export function fillKeys<T>(data: T, depth = 0): T {
  if (typeof data !== 'object' || data === null || depth > DEPTH_MAX) return data;
  if (Array.isArray(data)) {
    for (const one of data) fillKeys(one, depth + 1);
    return data;
  }
  const record = data as Record<string, unknown>;
  if (isKey(record)) {
    if (typeof record._serialized !== 'string') record._serialized = keyText(record);
    return data;
  }
  for (const value of Object.values(record)) fillKeys(value, depth + 1);
  return data;
}

interface RawKey extends Record<string, unknown> {
  readonly fromMe: boolean;
  readonly id: string;
  readonly remote: unknown;
}

function isKey(value: Record<string, unknown>): value is RawKey {
  return typeof value.fromMe === 'boolean' && typeof value.id === 'string' && 'remote' in value;
}

function keyText(key: RawKey): string {
  // Whatever it is called now: it is the only text that starts like this and holds the id.
  const start = `${key.fromMe}_`;
  const written = Object.values(key).find(
    (value) => typeof value === 'string' && value.startsWith(start) && value.includes(key.id),
  );
  if (typeof written === 'string') return written;
  const parts = [key.fromMe, widText(key.remote), key.id, widText(key.participant)];
  return parts.filter((part) => part !== null).join('_');
}

function widText(wid: unknown): string | null {
  if (typeof wid === 'string') return wid;
  if (typeof wid !== 'object' || wid === null) return null;
  const { _serialized, user, server } = wid as Record<string, unknown>;
  if (typeof _serialized === 'string') return _serialized;
  return typeof user === 'string' && typeof server === 'string' ? `${user}@${server}` : null;
}

const done = new WeakSet<object>();

interface Structure {
  _patch(data: unknown): unknown;
}

/** Makes the library's structures fill keys before they read them; doing it again does nothing. */
export function restoreKeysInLibrary(): void {
  // Not all of them are part of its public face.
  const { Message, Reaction, GroupNotification, PollVote, Chat } = createRequire(import.meta.url)(
    'whatsapp-web.js/src/structures',
  ) as Record<string, { prototype: Structure }>;
  for (const structure of [Message, Reaction, GroupNotification, PollVote, Chat]) {
    if (structure === undefined || done.has(structure.prototype)) continue;
    const original = structure.prototype._patch;
    structure.prototype._patch = function (this: unknown, data: unknown) {
      return original.call(this, fillKeys(data));
    };
    done.add(structure.prototype);
  }
}
