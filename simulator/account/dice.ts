import { createHash } from 'node:crypto';

/** Draws that depend only on the numbers they are made from, so any message can be made on its own. */
export interface Dice {
  /** Uniform integer in [0, n). */
  below(n: number): number;
  /** True in about `percent` of a hundred cases. */
  chance(percent: number): boolean;
  pick<T>(items: readonly T[]): T;
  hex(chars: number): string;
}

/** A 32-bit start value from a seed text. */
export const seedWord = (seed: string): number => createHash('sha256').update(seed).digest().readUInt32LE(0);

/** An invertible scramble of 32 bits (the finaliser of MurmurHash3). */
export const scramble = (value: number): number => {
  let h = value >>> 0;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return h >>> 0;
};

/** The inverse of `scramble`. */
export const unscramble = (value: number): number => {
  let h = value >>> 0;
  h ^= h >>> 16;
  h = Math.imul(h, 0x7ed1b41d);
  h ^= (h >>> 13) ^ (h >>> 26);
  h = Math.imul(h, 0xa5cb9243);
  h ^= h >>> 16;
  return h >>> 0;
};

/** Folds numbers into one 32-bit value; order matters. */
export const mix = (...values: readonly number[]): number => {
  let h = 0x9e3779b9;
  for (const value of values) h = scramble((Math.imul(h, 31) + value) | 0);
  return h;
};

export const createDice = (...values: readonly number[]): Dice => {
  let state = mix(...values);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    return scramble(state);
  };
  return {
    below: (n) => next() % n,
    chance: (percent) => next() % 1000 < percent * 10,
    pick: (items) => {
      const item = items[next() % items.length];
      if (item === undefined) throw new RangeError('nothing to pick from');
      return item;
    },
    hex: (chars) => {
      let out = '';
      while (out.length < chars) out += next().toString(16).padStart(8, '0');
      return out.slice(0, chars).toUpperCase();
    },
  };
};
