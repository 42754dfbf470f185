import type { ParsedQuery, Term } from './grammar.ts';
import { hasWords, segment } from './segmenter.ts';

/** The token that every text of a chat carries in the index. */
export function chatToken(chatId: number): string {
  return `c${chatId}`;
}

/**
 * The query in the language of the full-text index; null when nothing in it can be looked up by words.
 * Everything that a user typed stands in double quotes, so that no character of it means anything.
 */
export function matchExpression(query: ParsedQuery, chatIds: readonly number[]): string | null {
  const clauses = query.clauses
    .map((terms) => terms.filter((term) => hasWords(term.text)).map(quoted))
    .filter((terms) => terms.length > 0)
    .map((terms) => (terms.length === 1 ? (terms[0] ?? '') : `(${terms.join(' OR ')})`));
  if (clauses.length === 0) return null;
  const words = `{text} : (${withExcluded(clauses.join(' AND '), query)})`;
  if (chatIds.length === 0) return words;
  return `{chat} : (${chatIds.map((id) => chatToken(id)).join(' OR ')}) AND ${words}`;
}

/** What must not match, on its own; null when nothing is excluded. */
export function excludedExpression(query: ParsedQuery): string | null {
  const terms = query.excluded.filter((term) => hasWords(term.text)).map(quoted);
  return terms.length === 0 ? null : `{text} : (${terms.join(' OR ')})`;
}

function withExcluded(wanted: string, query: ParsedQuery): string {
  const unwanted = query.excluded.filter((term) => hasWords(term.text)).map(quoted);
  if (unwanted.length === 0) return wanted;
  return `(${wanted}) NOT (${unwanted.join(' OR ')})`;
}

function quoted(term: Term): string {
  const text = segment(term.text).replaceAll('"', ' ').replaceAll('\0', ' ');
  return term.form === 'prefix' ? `"${text}" *` : `"${text}"`;
}
