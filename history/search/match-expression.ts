import { fold } from './fold.ts';
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

/** The longest prefix that the index keeps lists for: see `prefix` in the migration. */
const INDEXED_PREFIX_CHARS = 3;

/**
 * The query with its long prefixes cut to what the index has lists for: it finds all that the query finds, and more. Null
 * when there is nothing to cut.
 */
export function widened(query: ParsedQuery): ParsedQuery | null {
  let cut = false;
  const clauses = query.clauses.map((terms) =>
    terms.map((term) => {
      const chars = [...fold(term.text)];
      if (
        term.form !== 'prefix' ||
        chars.length <= INDEXED_PREFIX_CHARS ||
        !/^[\p{L}\p{N}]+$/u.test(term.text)
      )
        return term;
      cut = true;
      return { ...term, text: chars.slice(0, INDEXED_PREFIX_CHARS).join('') };
    }),
  );
  return cut ? { ...query, clauses } : null;
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
