import type { MessageFilter, SearchHit, SearchPage, SearchQuery, SearchStore } from '../contracts/history.ts';
import { fold } from '../search/fold.ts';
import { formatQuery, type ParsedQuery, parseQuery, phraseQuery } from '../search/grammar.ts';
import { literalSnippet, matches, snippet } from '../search/highlight.ts';
import { matchExpression, widened } from '../search/match-expression.ts';
import { hasWords } from '../search/segmenter.ts';
import { firstKeyOf, KEY_MAX } from '../time-key.ts';
import type { Store } from './database.ts';
import { isIndexError } from './errors.ts';
import { type Conditions, conditionsOf, TIME_CORRECTION_MAX_SECONDS } from './message-filter.ts';
import { messagesByKeys } from './message-reader.ts';
import { resolveScope, type Scope } from './search-scope.ts';
import { createSlice } from './slice.ts';
import type { Sql } from './sql.ts';

/** Index hits looked at together when further conditions thin them out. */
const CANDIDATES_AT_A_TIME = 1_000;
const PROBED_AT_A_TIME = 100;
/** Messages read together where no index helps: a few milliseconds. */
const SCANNED_AT_A_TIME = 1_000;

export interface SearchDeps {
  readonly store: Store;
  readonly timeZone: string | null;
  readonly usable: () => boolean;
  readonly onBroken: (cause: unknown) => void;
}

/** The keys of a page, newest first, and one more when there is one. */
type Keys = readonly number[];

export function createSearch(deps: SearchDeps): SearchStore {
  return {
    run: (query) =>
      deps.store.read(async (sql) => {
        const parsed =
          query.mode === 'auto' ? parseQuery(query.text, deps.timeZone) : phraseQuery(query.text);
        const scope = resolveScope(sql, query, parsed);
        if (scope === null) return pageOf(sql, [], query, parsed, null);
        const literal =
          query.mode === 'substring' || !parsed.clauses.flat().every((term) => hasWords(term.text));
        const expression = literal ? null : matchExpression(parsed, scope.chatIds ?? []);
        if (expression !== null && deps.usable()) {
          const keys = await indexed(deps, sql, async (reader) => {
            return probe(reader, parsed, scope, query) ?? (await lookUp(reader, expression, scope, query));
          });
          if (keys !== null) return pageOf(sql, keys, query, parsed, null);
        }
        const degraded = expression === null ? null : 'FTS_UNAVAILABLE';
        const fits = expression === null && !literal ? withoutExcluded(parsed) : containing(parsed);
        return pageOf(sql, await scan(sql, fits, scope, query), query, parsed, degraded);
      }),
  };
}

/**
 * Null = the index is broken. Only after a second try through a fresh connection: from then on it is out of use until it is
 * rebuilt, so what one connection has in memory must not decide that.
 */
async function indexed(
  { store, onBroken }: SearchDeps,
  sql: Sql,
  look: (sql: Sql) => Promise<Keys>,
): Promise<Keys | null> {
  try {
    return await look(sql);
  } catch (thrown) {
    if (!isIndexError(thrown)) throw thrown;
  }
  let broken: unknown = null;
  const keys = await store.readApart(async (fresh) => {
    try {
      return await look(fresh);
    } catch (thrown) {
      if (!isIndexError(thrown)) throw thrown;
      broken = thrown;
      return null;
    }
  });
  if (keys === null) onBroken(broken);
  return keys;
}

/** By the index. Its row ids are the keys, so the newest come first without sorting. */
async function lookUp(sql: Sql, expression: string, scope: Scope, query: SearchQuery): Promise<Keys> {
  const rest = conditionsOf(scope.rest);
  const thinned = rest.parts.length > 0 || scope.linksOnly;
  const found: number[] = [];
  const slice = createSlice();
  const [from, to] = rangeOf(scope.filter);
  let before = Math.min(query.after ?? KEY_MAX, to);
  for (;;) {
    const wanted = thinned ? CANDIDATES_AT_A_TIME : query.limit + 1 - found.length;
    const keys = sql
      .all<{ pk: number }>(
        `SELECT rowid AS pk FROM messages_fts WHERE messages_fts MATCH ? AND rowid < ? AND rowid >= ?
         ORDER BY rowid DESC LIMIT ?`,
        expression,
        before,
        from,
        wanted,
      )
      .map((row) => row.pk);
    found.push(...(thinned ? thin(sql, keys, rest, scope.linksOnly) : keys));
    const last = keys.at(-1);
    if (found.length > query.limit || keys.length < wanted || last === undefined) return found;
    before = last;
    if (slice.due()) await slice.rest();
  }
}

/**
 * A long prefix has no list of its own in the index: FTS5 would first gather all its messages. Where it is common, looking
 * through the newest messages of its first characters finds enough; null = it is rare, and gathering is cheap.
 */
function probe(sql: Sql, parsed: ParsedQuery, scope: Scope, query: SearchQuery): Keys | null {
  const wide = widened(parsed);
  const expression = wide === null ? null : matchExpression(wide, scope.chatIds ?? []);
  const rest = conditionsOf(scope.rest);
  if (expression === null || rest.parts.length > 0 || scope.linksOnly) return null;
  const keys = sql
    .all<{ pk: number }>(
      `SELECT rowid AS pk FROM messages_fts WHERE messages_fts MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?`,
      expression,
      query.after ?? KEY_MAX,
      CANDIDATES_AT_A_TIME,
    )
    .map((row) => row.pk);
  const found: number[] = [];
  for (let at = 0; at < keys.length; at += PROBED_AT_A_TIME) {
    const part = keys.slice(at, at + PROBED_AT_A_TIME);
    const texts = sql.all<{ pk: number; text: string | null }>(
      `SELECT pk, text FROM messages WHERE pk IN (SELECT value FROM json_each(?)) ORDER BY pk DESC`,
      JSON.stringify(part),
    );
    for (const { pk, text } of texts)
      if (parsed.clauses.every((terms) => matches(text ?? '', terms).length > 0)) found.push(pk);
    if (found.length > query.limit) return found;
  }
  return keys.length < CANDIDATES_AT_A_TIME ? found : null;
}

function rangeOf(filter: MessageFilter): [number, number] {
  return [
    filter.since === undefined ? 0 : Math.max(0, firstKeyOf(filter.since - TIME_CORRECTION_MAX_SECONDS)),
    filter.until === undefined ? KEY_MAX : firstKeyOf(filter.until + TIME_CORRECTION_MAX_SECONDS),
  ];
}

const LINK = `(m.text LIKE '%http://%' OR m.text LIKE '%https://%' OR m.text LIKE '%www.%')`;

function thin(sql: Sql, keys: Keys, rest: Conditions, linksOnly: boolean): number[] {
  const parts = [...rest.parts, ...(linksOnly ? [LINK] : []), `m.pk IN (SELECT value FROM json_each(?))`];
  return sql
    .all<{ pk: number }>(
      `SELECT m.pk FROM messages m WHERE ${parts.join(' AND ')} ORDER BY m.pk DESC`,
      ...rest.params,
      JSON.stringify(keys),
    )
    .map((row) => row.pk);
}

/** Message by message, newest first: for what the index cannot answer, or when it is damaged. */
async function scan(
  sql: Sql,
  fits: ((text: string) => boolean) | null,
  scope: Scope,
  query: SearchQuery,
): Promise<Keys> {
  const all = conditionsOf({ ...scope.rest, ...scope.filter });
  const parts = [
    ...all.parts,
    ...(scope.chatIds === null ? [] : [`m.chat_id IN (SELECT value FROM json_each(?))`]),
    ...(scope.linksOnly ? [LINK] : []),
    ...(fits === null ? [] : [`m.text IS NOT NULL`]),
    `m.revoked_at IS NULL`,
    `m.pk < ?`,
  ];
  const params = [...all.params, ...(scope.chatIds === null ? [] : [JSON.stringify(scope.chatIds)])];
  const found: number[] = [];
  const slice = createSlice();
  let before = query.after ?? KEY_MAX;
  for (;;) {
    const rows = sql.all<{ pk: number; text: string | null }>(
      `SELECT m.pk, m.text FROM messages m WHERE ${parts.join(' AND ')} ORDER BY m.pk DESC LIMIT ?`,
      ...params,
      before,
      SCANNED_AT_A_TIME,
    );
    for (const row of rows) {
      if (fits === null || fits(row.text ?? '')) found.push(row.pk);
      if (found.length > query.limit) return found;
    }
    const last = rows.at(-1);
    if (rows.length < SCANNED_AT_A_TIME || last === undefined) return found;
    before = last.pk;
    if (slice.due()) await slice.rest();
  }
}

/** Null = everything fits. */
function withoutExcluded(query: ParsedQuery): ((text: string) => boolean) | null {
  if (query.excluded.length === 0) return null;
  return (text) => matches(text, query.excluded).length === 0;
}

function containing(query: ParsedQuery): (text: string) => boolean {
  const clauses = query.clauses.map((terms) => terms.map((term) => fold(term.text)));
  const excluded = query.excluded.map((term) => fold(term.text));
  return (text) => {
    const folded = fold(text);
    return (
      clauses.every((terms) => terms.some((term) => folded.includes(term))) &&
      !excluded.some((term) => folded.includes(term))
    );
  };
}

function pageOf(
  sql: Sql,
  keys: Keys,
  query: SearchQuery,
  parsed: ParsedQuery,
  degraded: SearchPage['degraded'],
): SearchPage {
  const shown = keys.slice(0, query.limit);
  const hits: SearchHit[] = messagesByKeys(sql, shown).map((message) => ({
    message,
    snippet:
      query.mode === 'substring'
        ? literalSnippet(message.text ?? '', query.text)
        : snippet(message.text ?? '', parsed),
  }));
  return {
    hits,
    next: keys.length > query.limit ? (shown.at(-1) ?? null) : null,
    read: formatQuery(parsed),
    degraded,
  };
}
