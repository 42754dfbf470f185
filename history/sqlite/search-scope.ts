import { fileTypes, type MessageType } from '#engines/contract/message.ts';
import type { MessageFilter, SearchQuery } from '../contracts/history.ts';
import { fold } from '../search/fold.ts';
import type { ParsedQuery } from '../search/grammar.ts';
import { chatIdOf } from './chats.ts';
import { ME } from './identities.ts';
import { personByJid } from './person-reader.ts';
import type { Sql } from './sql.ts';

/** Where a search looks: what was asked for beside the query and what stands in it, together. */
export interface Scope {
  /** Null = all chats. */
  readonly chatIds: readonly number[] | null;
  /** Time: the index can bound it by itself. */
  readonly filter: Pick<MessageFilter, 'since' | 'until'>;
  /** What the index does not know. */
  readonly rest: MessageFilter & { readonly senderIds?: readonly number[] };
  readonly linksOnly: boolean;
}

/** More chats or people of one name than this is no longer a restriction. */
const NAMED_MAX = 50;

/** Null when it can hold nothing: a name that nobody has, or types that exclude each other. */
export function resolveScope(sql: Sql, query: SearchQuery, parsed: ParsedQuery): Scope | null {
  const named = parsed.in.length === 0 ? null : parsed.in.flatMap((name) => chatsNamed(sql, name));
  const chatIds =
    query.chatId === undefined ? named : named === null || named.includes(query.chatId) ? [query.chatId] : [];
  if (chatIds?.length === 0) return null;
  const senderIds = parsed.from.length === 0 ? null : parsed.from.flatMap((name) => peopleNamed(sql, name));
  if (senderIds?.length === 0) return null;
  const types = typesOf(query, parsed);
  if (types?.length === 0) return null;
  const since = latest(query.since, parsed.after?.at);
  const until = earliest(query.until, parsed.before?.at);
  return {
    chatIds,
    filter: { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) },
    rest: {
      ...(query.senderId === undefined ? {} : { senderId: query.senderId }),
      ...(senderIds === null ? {} : { senderIds }),
      ...(query.fromMe === undefined ? {} : { fromMe: query.fromMe }),
      ...(types === null ? {} : { types }),
      // The index bounds keys; the exact time is checked where it matters.
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
    },
    linksOnly: parsed.has.includes('link'),
  };
}

function typesOf(query: SearchQuery, parsed: ParsedQuery): readonly MessageType[] | null {
  const wanted: (readonly MessageType[])[] = [];
  if (query.types !== undefined) wanted.push(query.types);
  if (query.hasMedia === true) wanted.push(fileTypes);
  for (const kind of parsed.has)
    if (kind === 'media') wanted.push(fileTypes);
    else if (kind !== 'link') wanted.push([kind]);
  const [first, ...others] = wanted;
  return first === undefined ? null : first.filter((type) => others.every((list) => list.includes(type)));
}

function peopleNamed(sql: Sql, name: string): number[] {
  const wanted = fold(name.trim());
  if (wanted === 'me') return [ME];
  const exact = personByJid(sql, name);
  if (exact !== null) return [exact.id];
  const digits = name.replace(/\D/g, '');
  return sql
    .all<{ id: number }>(
      `SELECT id FROM people WHERE instr(folded, ?1) > 0 OR (length(?2) >= 6 AND instr(pn, ?2) > 0) LIMIT ${NAMED_MAX}`,
      wanted,
      digits,
    )
    .map((row) => row.id);
}

function chatsNamed(sql: Sql, name: string): number[] {
  const exact = chatIdOf(sql, name);
  if (exact !== null) return [exact];
  return sql
    .all<{ id: number }>(
      `SELECT c.id FROM chats c LEFT JOIN people p ON p.id = c.person_id
       WHERE instr(c.folded, ?1) > 0 OR instr(p.folded, ?1) > 0 LIMIT ${NAMED_MAX}`,
      fold(name.trim()),
    )
    .map((row) => row.id);
}

function latest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
