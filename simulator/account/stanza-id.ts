import { createDice, mix, scramble, unscramble } from './dice.ts';

/**
 * Stanza ids that look like those of phones and linked devices, and that can be turned back into the
 * message index without a table: a million messages then need no memory.
 */
const STYLES = [
  { prefix: '3EB0', tail: 10 },
  { prefix: '3A', tail: 10 },
  { prefix: 'AC', tail: 22 },
] as const;

const INDEX_HEX = 8;

/** Senders choose ids, so equal ones do occur in different chats; a store keyed by id alone loses a message. */
const isShared = (ordinal: number, index: number): boolean => ordinal % 4 < 2 && index % 97 === 1;

export const stanzaId = (seed: number, ordinal: number, index: number): string => {
  const key = isShared(ordinal, index) ? mix(seed, 0x5a) : mix(seed, 0xc3, ordinal);
  const style = STYLES[mix(key, index) % STYLES.length] ?? STYLES[0];
  const scrambled = scramble((index ^ key) >>> 0)
    .toString(16)
    .padStart(INDEX_HEX, '0')
    .toUpperCase();
  return style.prefix + scrambled + createDice(key, index, 0x1d).hex(style.tail);
};

/** The index of a generated id within its chat, or null when the id is not one of that chat's. */
export const indexOfStanzaId = (
  seed: number,
  ordinal: number,
  historySize: number,
  id: string,
): number | null => {
  const style = STYLES.find((s) => id.startsWith(s.prefix));
  if (style === undefined) return null;
  const word = Number.parseInt(id.slice(style.prefix.length, style.prefix.length + INDEX_HEX), 16);
  if (!Number.isInteger(word)) return null;
  for (const key of [mix(seed, 0xc3, ordinal), mix(seed, 0x5a)]) {
    const index = (unscramble(word) ^ key) >>> 0;
    if (index < historySize && stanzaId(seed, ordinal, index) === id) return index;
  }
  return null;
};
