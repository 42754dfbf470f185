import type Database from 'better-sqlite3';
import type { Value } from './salvage-gaps.ts';
import type { DamagedTable } from './salvage-table.ts';

/** A place besides the table itself where its keys stand. */
export interface KeySource {
  /** How many columns of the key it names. */
  readonly width: number;
  /** Names other rows too, or rows that are there as a rule: asked only when the table is known to be damaged. */
  readonly costly: boolean;
  /** From the front to the first fault and from the back to the last; some come twice. */
  keys(): Generator<readonly Value[]>;
  /** True when it names every row of the table, and could be read from end to end. */
  complete(): boolean;
  /** How many rows it names; null while it is not complete. */
  count(): number | null;
}

/** Tables that hang on messages by their first column. */
export const MESSAGE_PARTS = ['media', 'message_observations', 'reactions', 'receipts', 'revisions'] as const;

/** What the new file says of rows that are still to be read; messages stand there already. */
const NAMED_BY: Readonly<Record<string, readonly string[]>> = {
  chats: [`SELECT DISTINCT chat_id FROM messages`],
  people: [`SELECT DISTINCT sender_id FROM messages`],
  ...Object.fromEntries(MESSAGE_PARTS.map((table) => [table, [`SELECT pk FROM messages`]])),
};

export function keySources(
  damaged: Database.Database,
  fresh: Database.Database,
  table: DamagedTable,
): KeySource[] {
  const sources = indexesOf(fresh, table).map((one) =>
    source(damaged, table.key.length, one.partial ? 'some' : 'all', one.forwards, one.backwards),
  );
  if (table.name === 'messages') {
    // Every message has at least one observation; the table of the search index has a row for each text.
    for (const [from, column] of [
      ['message_observations', 'pk'],
      ['messages_fts_docsize', 'id'],
    ] as const) {
      const text = `SELECT DISTINCT ${column} FROM ${from} NOT INDEXED ORDER BY ${column}`;
      sources.push(source(damaged, 1, 'some', text, `${text} DESC`));
    }
  }
  for (const text of NAMED_BY[table.name] ?? []) sources.push(source(fresh, 1, 'others', text, null));
  return sources;
}

/** Each index holds the keys of its table, in pages of its own. */
function indexesOf(fresh: Database.Database, table: DamagedTable) {
  const list = fresh.pragma(`index_list("${table.name}")`) as {
    readonly name: string;
    readonly origin: string;
    readonly partial: number;
  }[];
  return list
    .filter((index) => index.origin !== 'pk')
    .map((index) => {
      const columns = (fresh.pragma(`index_info("${index.name}")`) as { readonly name: string }[]).map(
        (column) => column.name,
      );
      const definition = fresh
        .prepare<[string], string | null>(`SELECT sql FROM sqlite_schema WHERE name = ?`)
        .pluck()
        .get(index.name);
      const condition = index.partial === 1 ? (/ WHERE .*$/s.exec(definition ?? '')?.[0] ?? '') : '';
      const text = `SELECT ${table.key.map((column) => column.name).join(', ')} FROM "${table.name}" INDEXED BY "${index.name}"${condition} ORDER BY `;
      return {
        partial: index.partial === 1,
        forwards: text + columns.join(', '),
        backwards: text + columns.map((name) => `${name} DESC`).join(', '),
      };
    });
}

function source(
  db: Database.Database,
  width: number,
  names: 'all' | 'some' | 'others',
  forwards: string,
  backwards: string | null,
): KeySource {
  let read: number | null = null;
  function* walk(text: string): Generator<readonly Value[], number | null> {
    let n = 0;
    try {
      const statement = db.prepare<[], readonly Value[]>(text).raw();
      // The new file is written meanwhile, so nothing may stay open in it.
      for (const key of names === 'others' ? statement.all() : statement.iterate()) {
        n += 1;
        yield key;
      }
      return n;
    } catch {
      return null;
    }
  }
  return {
    width,
    costly: names === 'others',
    complete: () => names === 'all' && read !== null,
    count: () => (names === 'all' ? read : null),
    keys: function* () {
      read = yield* walk(forwards);
      if (read === null && backwards !== null) yield* walk(backwards);
    },
  };
}
