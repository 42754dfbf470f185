import type { Counts } from './counts.ts';
import { type Identities, ME } from './identities.ts';
import { mergePeople } from './merge-people.ts';
import type { Sql } from './sql.ts';
import type { TextIndex } from './text-index.ts';

export interface Pair {
  readonly pn: string;
  readonly lid: string;
}

/** One PN and one LID, in either order; null when they are not a pair. */
export function pairOf(a: string, b: string): Pair | null {
  const aLid = a.endsWith('@lid');
  if (aLid === b.endsWith('@lid')) return null;
  return aLid ? { pn: b, lid: a } : { pn: a, lid: b };
}

/**
 * Who is who, when a number and a hidden id are said to be the same person.
 *
 * The LID is the person: it never passes to somebody else. A number may: it belongs to the LID of the newest
 * dated evidence; evidence without a date (0) only joins what was unknown. So a person may have had several numbers, the
 * newest is shown; when a number passes on, what was written under it before stays with the earlier person.
 */
export interface Links {
  link(pair: Pair, source: string, at: number): void;
  /** These ids are the account itself. */
  claim(pn: string | null, lid: string | null): void;
}

export interface LinkDeps {
  readonly sql: Sql;
  readonly ids: Identities;
  readonly counts: Counts;
  readonly index: TextIndex;
  readonly now: () => number;
  /** Before two people merge: everything gathered in memory must be in the tables. */
  readonly beforeMerge: () => void;
  /** After it: changes that waited for a message may have found it. */
  readonly afterMerge: (kept: number) => void;
}

export function createLinks(deps: LinkDeps): Links {
  const { sql, ids } = deps;
  const merge = (pair: Pair, a: number, b: number, source: string) => {
    deps.beforeMerge();
    const kept = chooseKept(sql, a, b);
    const merged = kept === a ? b : a;
    mergePeople(sql, { at: deps.now(), kept, merged, source, ...pair }, deps.counts, deps.index);
    ids.forget();
    refreshIds(sql, kept);
    deps.afterMerge(kept);
  };
  return {
    claim: (pn, lid) => {
      for (const jid of [lid, pn]) {
        if (jid === null) continue;
        const owner = ids.findPerson(jid);
        if (owner === ME) continue;
        if (owner !== null) merge({ pn: pn ?? '', lid: lid ?? '' }, ME, owner, 'own');
        else addAlias(sql, jid, jid === lid ? 'lid' : 'pn', ME, 'own', 0, deps.now());
      }
      ids.forget();
      refreshIds(sql, ME);
    },
    link: (pair, source, at) => {
      const { pn, lid } = pair;
      const p = ids.findPerson(pn);
      const l = ids.findPerson(lid);
      if (p !== null && p === l) {
        if (at > 0 && touch(sql, pn, at)) refreshIds(sql, p);
        return;
      }
      if (isBlocked(sql, pair)) return;
      if (p === null) {
        const person = l ?? ids.person(lid, source);
        addAlias(sql, pn, 'pn', person, source, at, deps.now());
        refreshIds(sql, person);
        return;
      }
      const lidOfP = sql.get<{ jid: string }>(
        `SELECT jid FROM aliases WHERE person_id = ? AND kind = 'lid'`,
        p,
      );
      if (lidOfP === null) {
        if (l === null) addAlias(sql, lid, 'lid', p, source, at, deps.now());
        else merge(pair, p, l, source);
        touch(sql, pn, at);
        refreshIds(sql, ids.findPerson(lid) ?? p);
        return;
      }
      if (!isNewer(sql, pair, lidOfP.jid, at)) return;
      const owner = l ?? ids.person(lid, source);
      sql.run(
        `UPDATE aliases SET person_id = ?, source = ?, linked_at = ? WHERE jid = ?`,
        owner,
        source,
        at,
        pn,
      );
      ids.forget();
      refreshIds(sql, p);
      refreshIds(sql, owner);
    },
  };
}

/** The account itself always stays; otherwise the one whose move would be the longer one; otherwise the older. */
function chooseKept(sql: Sql, a: number, b: number): number {
  if (a === ME || b === ME) return ME;
  const size = (person: number) =>
    sql.get<{ n: number }>(`SELECT message_count AS n FROM chats WHERE person_id = ?`, person)?.n ?? -1;
  const [sizeA, sizeB] = [size(a), size(b)];
  if (sizeA !== sizeB) return sizeA > sizeB ? a : b;
  return Math.min(a, b);
}

function addAlias(
  sql: Sql,
  jid: string,
  kind: string,
  person: number,
  source: string,
  at: number,
  now: number,
): void {
  sql.run(
    `INSERT INTO aliases (jid, kind, person_id, source, linked_at, seen_at) VALUES (?, ?, ?, ?, ?, ?)`,
    jid,
    kind,
    person,
    source,
    at,
    now,
  );
}

function touch(sql: Sql, pn: string, at: number): boolean {
  return sql.run(`UPDATE aliases SET linked_at = ? WHERE jid = ? AND linked_at < ?`, at, pn, at) > 0;
}

function isNewer(sql: Sql, { pn, lid }: Pair, currentLid: string, at: number): boolean {
  if (at === 0) return false;
  const linkedAt = sql.get<{ at: number }>(`SELECT linked_at AS at FROM aliases WHERE jid = ?`, pn)?.at ?? 0;
  return at > linkedAt || (at === linkedAt && lid > currentLid);
}

function isBlocked(sql: Sql, { pn, lid }: Pair): boolean {
  return sql.get(`SELECT 1 FROM identity_blocks WHERE pn = ? AND lid = ?`, pn, lid) !== null;
}

/** The ids shown for a person: the LID, and of several numbers the one with the newest evidence. */
export function refreshIds(sql: Sql, person: number): void {
  sql.run(
    `UPDATE people SET
       lid = (SELECT jid FROM aliases WHERE person_id = people.id AND kind = 'lid' ORDER BY linked_at DESC, jid DESC LIMIT 1),
       pn = (SELECT jid FROM aliases WHERE person_id = people.id AND kind = 'pn' ORDER BY linked_at DESC, jid DESC LIMIT 1)
     WHERE id = ?`,
    person,
  );
}
