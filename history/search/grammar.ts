import { fileTypes } from '#engines/contract/message.ts';
import { parseDay } from './day.ts';

export interface Term {
  readonly text: string;
  readonly form: 'word' | 'prefix' | 'phrase';
}

export const hasKinds = ['media', ...fileTypes, 'location', 'contact', 'poll', 'link'] as const;
export type HasKind = (typeof hasKinds)[number];

/** What the user asked for. All clauses must hold, one term of each is enough. */
export interface ParsedQuery {
  readonly clauses: readonly (readonly Term[])[];
  readonly excluded: readonly Term[];
  /** Any of these people; `me` = own messages. */
  readonly from: readonly string[];
  /** Any of these chats. */
  readonly in: readonly string[];
  /** As typed, with the seconds they stand for. */
  readonly before: { readonly typed: string; readonly at: number } | null;
  readonly after: { readonly typed: string; readonly at: number } | null;
  readonly has: readonly HasKind[];
}

type Mutable = { -readonly [K in keyof ParsedQuery]: ParsedQuery[K] };

/**
 * `word` `word*` `"a phrase"` `-word` `a OR b` `from:` `in:` `before:` `after:` `has:`; also AND and NOT in capitals.
 * Whatever else is typed counts as words: there is no such thing as a syntax error.
 */
export function parseQuery(text: string, timeZone: string | null): ParsedQuery {
  const query: Mutable = { clauses: [], excluded: [], from: [], in: [], before: null, after: null, has: [] };
  let joinNext = false;
  let excludeNext = false;
  for (const piece of pieces(text)) {
    const bare = piece.form === 'word' && !piece.excluded && piece.key === null;
    if (bare && piece.text === 'AND') continue;
    if (bare && piece.text === 'NOT') {
      excludeNext = true;
      continue;
    }
    if (bare && piece.text === 'OR' && query.clauses.length > 0) {
      joinNext = true;
      continue;
    }
    if (piece.key !== null && !piece.excluded && !excludeNext && take(query, piece.key, piece.text, timeZone))
      continue;
    const term = termOf(piece);
    if (term === null) continue;
    const last = query.clauses.at(-1);
    if (piece.excluded || excludeNext) query.excluded = [...query.excluded, term];
    else if (joinNext && last !== undefined) query.clauses = [...query.clauses.slice(0, -1), [...last, term]];
    else query.clauses = [...query.clauses, [term]];
    joinNext = false;
    excludeNext = false;
  }
  return query;
}

/** The whole text as one phrase, whatever stands in it. */
export function phraseQuery(text: string): ParsedQuery {
  const phrase = text.replaceAll('"', ' ').replace(/\s+/g, ' ').trim();
  const clauses = phrase === '' ? [] : [[{ text: phrase, form: 'phrase' as const }]];
  return { clauses, excluded: [], from: [], in: [], before: null, after: null, has: [] };
}

/** How a query was read, in a form that reads back the same. */
export function formatQuery(query: ParsedQuery): string {
  const quoteValue = (value: string) => (/[\s"]/.test(value) ? `"${value.replaceAll('"', '')}"` : value);
  return [
    ...query.clauses.map((terms) => terms.map(formatTerm).join(' OR ')),
    ...query.excluded.map((term) => `-${formatTerm(term)}`),
    ...query.from.map((value) => `from:${quoteValue(value)}`),
    ...query.in.map((value) => `in:${quoteValue(value)}`),
    ...(query.after === null ? [] : [`after:${query.after.typed}`]),
    ...(query.before === null ? [] : [`before:${query.before.typed}`]),
    ...query.has.map((kind) => `has:${kind}`),
  ].join(' ');
}

function formatTerm(term: Term): string {
  if (term.form === 'phrase') return `"${term.text}"`;
  return term.form === 'prefix' ? `${term.text}*` : term.text;
}

interface Piece {
  readonly excluded: boolean;
  readonly key: string | null;
  readonly text: string;
  readonly form: 'word' | 'phrase';
}

const PIECE = /(-?)(?:(from|in|before|after|has):(?="?[^\s"]))?(?:"([^"]*)(?:"|$)|([^\s"]+))/giu;

function* pieces(text: string): Generator<Piece> {
  for (const [, minus, key, phrase, word] of text.matchAll(PIECE)) {
    yield {
      excluded: minus === '-',
      key: key?.toLowerCase() ?? null,
      text: (phrase ?? word ?? '').replace(/\s+/g, ' ').trim(),
      form: phrase === undefined ? 'word' : 'phrase',
    };
  }
}

/** False when the value means nothing to this key: it is then searched for as it stands. */
function take(query: Mutable, key: string, value: string, timeZone: string | null): boolean {
  if (value === '') return false;
  if (key === 'from') query.from = [...query.from, value];
  else if (key === 'in') query.in = [...query.in, value];
  else if (key === 'has') {
    const kind = hasKinds.find((known) => known === value.toLowerCase());
    if (kind === undefined) return false;
    if (!query.has.includes(kind)) query.has = [...query.has, kind];
  } else {
    const at = parseDay(value, timeZone);
    if (at === null) return false;
    if (key === 'before') query.before = { typed: value, at };
    else query.after = { typed: value, at };
  }
  return true;
}

function termOf(piece: Piece): Term | null {
  if (piece.key !== null) return phraseOrNull(`${piece.key}:${piece.text}`);
  if (piece.form === 'phrase') return phraseOrNull(piece.text);
  const stem = piece.text.replace(/\*+$/, '');
  if (stem === '') return null;
  return { text: stem, form: stem.length < piece.text.length ? 'prefix' : 'word' };
}

function phraseOrNull(text: string): Term | null {
  return text === '' ? null : { text, form: 'phrase' };
}
