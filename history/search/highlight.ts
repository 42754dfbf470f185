import type { ParsedQuery, Term } from './grammar.ts';
import { type Token, tokens } from './segmenter.ts';

/** Private-use characters: no keyboard has them, and they are taken out of the text before they are put in. */
export const MARK_START = '\ue000';
export const MARK_END = '\ue001';

const SNIPPET_CHARS = 160;
const LEAD_CHARS = 40;

/** The part of a text around the first match, matches between the two marks, `…` where something is left out. */
export function snippet(stored: string, query: ParsedQuery): string {
  const text = plain(stored);
  return cut(text, matches(text, query.clauses.flat()));
}

/** The same for a text that was found as a plain part of another. */
export function literalSnippet(stored: string, needle: string): string {
  const text = plain(stored);
  const wanted = needle.trim().toLowerCase();
  const at = wanted === '' ? -1 : text.toLowerCase().indexOf(wanted);
  return cut(text, at < 0 ? [] : [[at, at + wanted.length]]);
}

function plain(stored: string): string {
  return stored.replace(/[\ue000\ue001]/g, '').replace(/\s+/g, ' ');
}

function cut(text: string, spans: readonly (readonly [number, number])[]): string {
  const first = spans[0]?.[0] ?? 0;
  const start = first > LEAD_CHARS ? wordStart(text, first - LEAD_CHARS) : 0;
  const end = Math.min(text.length, safeEnd(text, start + SNIPPET_CHARS));
  let marked = start > 0 ? '…' : '';
  let at = start;
  for (const [from, to] of spans) {
    if (from < at || to > end) continue;
    marked += text.slice(at, from) + MARK_START + text.slice(from, to) + MARK_END;
    at = to;
  }
  return marked + text.slice(at, end) + (end < text.length ? '…' : '');
}

/** Places of all terms in a text, in order. */
export function matches(text: string, terms: readonly Term[]): [number, number][] {
  const words = tokens(text);
  const found: [number, number][] = [];
  for (const term of terms) {
    const wanted = tokens(term.text).map((token) => token.term);
    if (wanted.length === 0) continue;
    for (let at = 0; at + wanted.length <= words.length; at += 1) {
      if (!fits(words, at, wanted, term.form === 'prefix')) continue;
      found.push([words[at]?.start ?? 0, words[at + wanted.length - 1]?.end ?? 0]);
    }
  }
  return found.sort((a, b) => a[0] - b[0]);
}

function fits(words: readonly Token[], at: number, wanted: readonly string[], prefix: boolean): boolean {
  return wanted.every((term, i) => {
    const word = words[at + i]?.term ?? '';
    return prefix && i === wanted.length - 1 ? word.startsWith(term) : word === term;
  });
}

function wordStart(text: string, at: number): number {
  const space = text.indexOf(' ', at);
  return space >= 0 && space - at < LEAD_CHARS ? space + 1 : safeEnd(text, at);
}

/** Never between the halves of a surrogate pair. */
function safeEnd(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at + 1 : at;
}
