import { z } from 'zod';

/** `a,b` in a query string, each of them one of `words`. */
export function wordsOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(words)).max(words.length))
    .optional();
}
