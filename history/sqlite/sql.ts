import type Database from 'better-sqlite3';

type Param = string | number | null;

/** One connection with its prepared statements: each text is compiled once. */
export interface Sql {
  readonly db: Database.Database;
  statement<P extends readonly Param[], R = unknown>(text: string): Database.Statement<[...P], R>;
  get<R>(text: string, ...params: readonly Param[]): R | null;
  all<R>(text: string, ...params: readonly Param[]): R[];
  /** Returns how many rows changed. */
  run(text: string, ...params: readonly Param[]): number;
}

export function createSql(db: Database.Database): Sql {
  const cache = new Map<string, Compiled>();
  const compiled = (text: string): Compiled => {
    let found = cache.get(text);
    if (found === undefined) {
      found = compile(db, text);
      cache.set(text, found);
    }
    return found;
  };
  return {
    db,
    statement: (text) => compiled(text).statement as never,
    get: <R>(text: string, ...params: readonly Param[]) => {
      const { statement, values } = compiled(text);
      return (statement.get(...values(params)) ?? null) as R | null;
    },
    all: <R>(text: string, ...params: readonly Param[]) => {
      const { statement, values } = compiled(text);
      return statement.all(...values(params)) as R[];
    },
    run: (text, ...params) => {
      const { statement, values } = compiled(text);
      return statement.run(...values(params)).changes;
    },
  };
}

interface Compiled {
  readonly statement: Database.Statement;
  readonly values: (params: readonly Param[]) => readonly Param[];
}

/** The driver binds `?` only; `?1` (used twice) becomes two `?` with the same value. */
function compile(db: Database.Database, text: string): Compiled {
  const numbers: number[] = [];
  const plain = text.replace(/\?(\d+)/g, (_all, number: string) => {
    numbers.push(Number(number) - 1);
    return '?';
  });
  const statement = db.prepare(plain);
  if (numbers.length === 0) return { statement, values: (params) => params };
  return { statement, values: (params) => numbers.map((number) => params[number] ?? null) };
}
