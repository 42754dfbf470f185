import { fold } from './fold.ts';

/** Nothing in these ranges: the tokenizer of the index can take the text as it is. */
const SPECIAL =
  /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2190-\u2bff\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\ud800-\udfff]/;
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+/gu;
/**
 * Flags, keycaps, and pictographs with their marks, skin tones, tags and joined parts: the grammar of UTS #51. The
 * engine's own `\p{RGI_Emoji}` says nearly the same and takes ten times as long.
 */
const MARKS = String.raw`[\ufe0f\u{1f3fb}-\u{1f3ff}\u{e0020}-\u{e007f}]*`;
const PICTOGRAPH = String.raw`\p{Extended_Pictographic}${MARKS}`;
const EMOJI = new RegExp(
  String.raw`[\u{1f1e6}-\u{1f1ff}]{2}|[0-9#*]\ufe0f?\u20e3|${PICTOGRAPH}(?:\u200d${PICTOGRAPH})*`,
  'gu',
);
const WORD = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });

/**
 * Text as it goes into the index, and the words of a query on their way to it: scripts without spaces cut into
 * words, emoji as words of their own (the tokenizer knows neither). Most texts come back unchanged.
 */
export function segment(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text
    .replace(EMOJI, (emoji) => ` ${emojiWord(emoji)} `)
    .replace(UNSPACED, (run) => ` ${[...segmenter.segment(run)].map((part) => part.segment).join(' ')} `);
}

/** Skin tones and presentation marks do not tell emoji apart; what is left is spelled in hex, which every tokenizer keeps. */
function emojiWord(emoji: string): string {
  const points = [...emoji]
    .map((char) => char.codePointAt(0) ?? 0)
    .filter((point) => point !== 0xfe0f && (point < 0x1f3fb || point > 0x1f3ff || emoji.length <= 2));
  return `uxe${points.map((point) => point.toString(16)).join('x')}`;
}

export interface Token {
  /** Folded as the index folds it, nearly. */
  readonly term: string;
  readonly start: number;
  readonly end: number;
}

/** The words of a stored text with their places in it, for highlighting. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  if (!SPECIAL.test(text)) {
    for (const word of text.matchAll(WORD)) found.push(tokenOf(word[0], word.index));
    return found;
  }
  // Emoji are blanked at equal length, so that places stay right.
  const rest = text.replace(EMOJI, (emoji, at: number) => {
    found.push({ term: emojiWord(emoji), start: at, end: at + emoji.length });
    return ' '.repeat(emoji.length);
  });
  const spaced = rest.replace(UNSPACED, (run, at: number) => {
    for (const part of segmenter.segment(run)) found.push(tokenOf(part.segment, at + part.index));
    return ' '.repeat(run.length);
  });
  for (const word of spaced.matchAll(WORD)) found.push(tokenOf(word[0], word.index));
  return found.sort((a, b) => a.start - b.start);
}

function tokenOf(word: string, start: number): Token {
  return { term: fold(word), start, end: start + word.length };
}

/** True when the index can find something by this text. */
export function hasWords(text: string): boolean {
  return /[\p{L}\p{N}\p{Co}]/u.test(segment(text));
}
