/**
 * Strings written by strangers (texts, names, subjects, file names) lose what a reader cannot see before
 * they leave the service: such characters carry hidden instructions or make one text look like another.
 */

/** First and last code point of what never shows. */
const HIDDEN: readonly (readonly [number, number])[] = [
  // C0 and C1 controls, except tab and newline.
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  // Soft hyphen, grapheme joiner, Hangul and Khmer fillers, Mongolian selectors.
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  // Marks that reorder the text on screen, and width zero.
  [0x61c, 0x61c],
  [0x200b, 0x200b],
  [0x200e, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  // Variation selectors that no emoji needs, and tag characters: bytes smuggled behind one visible sign.
  [0xfe00, 0xfe0d],
  [0xe0000, 0xe0fff],
];

const ZERO_WIDTH_NON_JOINER = 0x200c;
const ZERO_WIDTH_JOINER = 0x200d;
const EMOJI_SELECTORS: readonly number[] = [0xfe0e, 0xfe0f];

const PLAIN = /^[\x20-\x7e\n]*$/;
const EMOJI = /^\p{Extended_Pictographic}$/u;
const SKIN_TONE = /^\p{Emoji_Modifier}$/u;
/** Scripts in which a joiner changes how a word is written. */
const JOINING =
  /^[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}]$/u;

/** A text of several lines without invisible characters. */
export function cleanText(text: string): string {
  if (PLAIN.test(text)) return text;
  const signs = [...text.toWellFormed().replace(/\r\n?|\u2028|\u2029/g, '\n')];
  return signs.filter((sign, at) => shows(sign, signs[at - 1] ?? '', signs[at + 1] ?? '')).join('');
}

/** A name in one line without invisible characters. */
export function cleanName(text: string): string {
  return cleanText(text)
    .replace(/[\n\t]+/g, ' ')
    .trim();
}

function shows(sign: string, before: string, after: string): boolean {
  const code = sign.codePointAt(0) ?? 0;
  if (EMOJI_SELECTORS.includes(code)) return !EMOJI_SELECTORS.includes(before.codePointAt(0) ?? 0);
  if (code === ZERO_WIDTH_JOINER && joinsEmoji(before, after)) return true;
  if (code === ZERO_WIDTH_JOINER || code === ZERO_WIDTH_NON_JOINER)
    return JOINING.test(before) && JOINING.test(after);
  return !HIDDEN.some(([first, last]) => code >= first && code <= last);
}

function joinsEmoji(before: string, after: string): boolean {
  const left =
    EMOJI.test(before) || SKIN_TONE.test(before) || EMOJI_SELECTORS.includes(before.codePointAt(0) ?? 0);
  return left && EMOJI.test(after);
}

/** Cuts a text to a number of characters without splitting one; says whether it did. */
export function cutText(text: string, maxChars: number): { readonly text: string; readonly cut: boolean } {
  if (text.length <= maxChars) return { text, cut: false };
  const end = maxChars - 1;
  const safe = /[\ud800-\udbff]/.test(text.charAt(end - 1)) ? end - 1 : end;
  return { text: `${text.slice(0, safe)}…`, cut: true };
}
