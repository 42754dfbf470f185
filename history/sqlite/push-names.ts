import { mergePushName } from '../merge/person.ts';
import { nameColumns, namesOf } from './merge-people.ts';
import type { Row } from './rows.ts';
import type { Sql } from './sql.ts';

/** Names that came with messages, gathered in memory: a busy group would otherwise write one row per message. */
export interface PushNames {
  note(person: number, name: string, at: number): void;
  flush(): void;
  forget(): void;
}

export function createPushNames(sql: Sql): PushNames {
  const seen = new Map<number, { name: string; at: number }>();
  return {
    note: (person, name, at) => {
      const known = seen.get(person);
      if (known === undefined || at > known.at || (at === known.at && name > known.name))
        seen.set(person, { name, at });
    },
    flush: () => {
      for (const [person, { name, at }] of seen) {
        const row = sql.get<Row>(`SELECT * FROM people WHERE id = ?`, person);
        if (row === null) continue;
        const known = namesOf(row);
        const merged = mergePushName(known, name, at);
        if (merged !== known) writeNames(sql, person, merged);
      }
      seen.clear();
    },
    forget: () => seen.clear(),
  };
}

export function writeNames(sql: Sql, person: number, names: Parameters<typeof nameColumns>[0]): void {
  const c = nameColumns(names);
  sql.run(
    `UPDATE people SET custom_name = ?, book_name = ?, push_name = ?, push_name_at = ?, business_name = ?, name = ?, folded = ?
     WHERE id = ?`,
    c.custom_name,
    c.book_name,
    c.push_name,
    c.push_name_at,
    c.business_name,
    c.name,
    c.folded,
    person,
  );
}
