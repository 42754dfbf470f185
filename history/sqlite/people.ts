import { TandemError } from '#kernel/errors.ts';
import type { MatchedBy, PeopleStore, PersonMatch } from '../contracts/history.ts';
import type { PersonRecord } from '../contracts/records.ts';
import { fold } from '../search/fold.ts';
import type { Store } from './database.ts';
import { namesOf } from './merge-people.ts';
import { peopleByIds, personById, personByJid } from './person-reader.ts';
import { writeNames } from './push-names.ts';
import type { Row } from './rows.ts';
import type { Sql } from './sql.ts';

/** More candidates than any list shows; beyond it the query was too short to mean somebody. */
const CANDIDATES_MAX = 500;
/** Fewer digits are part of too many numbers. */
const NUMBER_MIN_DIGITS = 6;

export function createPeople(store: Store): PeopleStore {
  return {
    get: (id) => store.read((sql) => personById(sql, id)),
    byJid: (jid) => store.read((sql) => personByJid(sql, jid)),
    match: ({ text, limit }) => store.read((sql) => match(sql, text, limit)),
    setCustomName: (id, name) =>
      store.write((sql) => {
        const row = sql.get<Row>(`SELECT * FROM people WHERE id = ?`, id);
        if (row === null) throw new TandemError('CONTACT_NOT_FOUND');
        const custom = name === null || name.trim() === '' ? null : name;
        writeNames(sql, id, { ...namesOf(row), customName: custom });
      }),
    setBlocked: (id, blocked) =>
      store.write((sql) => {
        sql.run(`UPDATE people SET blocked = ? WHERE id = ?`, Number(blocked), id);
      }),
    blocked: (limit) =>
      store.read((sql) => {
        const ids = sql.all<{ id: number }>(
          `SELECT id FROM people WHERE blocked = 1 ORDER BY id LIMIT ?`,
          limit,
        );
        return [
          ...peopleByIds(
            sql,
            ids.map(({ id }) => id),
          ).values(),
        ];
      }),
  };
}

function match(sql: Sql, text: string, limit: number): PersonMatch[] {
  const wanted = fold(text.trim());
  if (wanted === '') return [];
  const digits = /^[+\d\s()./-]+$/.test(wanted) ? wanted.replace(/\D/g, '') : '';
  const number = digits.length >= NUMBER_MIN_DIGITS ? digits : null;
  const ids = sql
    .all<{ id: number }>(
      `SELECT p.id FROM people p LEFT JOIN chats c ON c.person_id = p.id
       WHERE instr(p.folded, ?1) > 0 OR instr(p.lid, ?2) > 0 OR instr(p.pn, ?2) > 0
       ORDER BY p.folded = ?1 DESC, instr(p.folded, ?1) = 1 DESC, c.active_at DESC LIMIT ?3`,
      wanted,
      number ?? wanted,
      CANDIDATES_MAX,
    )
    .map((row) => row.id);
  const people = peopleByIds(sql, ids);
  const scored: PersonMatch[] = [];
  for (const id of ids) {
    const person = people.get(id);
    const best = person === undefined ? null : score(person, wanted, number);
    if (person !== undefined && best !== null) scored.push({ person, ...best });
  }
  // Sorting is stable: of equal scores, who was active last stays first.
  return scored.sort((a, b) => b.score - a.score).slice(0, limit);
}

interface Score {
  readonly score: number;
  readonly matchedBy: MatchedBy;
}

function score(person: PersonRecord, wanted: string, number: string | null): Score | null {
  const found: Score[] = [];
  const add = (points: number | null, matchedBy: MatchedBy) => {
    if (points !== null) found.push({ score: points, matchedBy });
  };
  const pn = person.pn?.split('@')[0] ?? '';
  if (number !== null && pn !== '') add(grade(pn, number, [100, 90, 70]), 'number');
  for (const name of [person.customName, person.bookName, person.businessName])
    if (name !== null) add(grade(fold(name), wanted, [100, 80, 60]), 'name');
  if (person.pushName !== null) add(grade(fold(person.pushName), wanted, [95, 75, 55]), 'pushname');
  for (const jid of [person.lid, person.pn])
    if (jid !== null && (number !== null || wanted.includes('@')))
      add(grade(jid, number ?? wanted, [60, 50, 50]), 'id');
  return found.reduce<Score | null>(
    (best, one) => (best === null || one.score > best.score ? one : best),
    null,
  );
}

function grade(
  value: string,
  wanted: string,
  [exact, prefix, part]: readonly [number, number, number],
): number | null {
  if (value === wanted) return exact;
  if (value.startsWith(wanted)) return prefix;
  return value.includes(wanted) ? part : null;
}
