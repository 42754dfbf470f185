import type Database from 'better-sqlite3';
import { compareKeys, type Gap, halfway, type Place, type Value } from './salvage-gaps.ts';
import type { KeySource } from './salvage-keys.ts';

export type Row = Readonly<Record<string, Value>>;

/** A table of the damaged file, as far as the new file knows it too. */
export interface DamagedTable {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Columns of the primary key. */
  readonly key: readonly Column[];
}

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
}

/** What became of a row that was read: new, read before, or nothing that the service could have written. */
export type Verdict = 'kept' | 'there' | 'garbage';

export interface TableReader {
  /** Hands every row that can be read to `take`; some come twice. Yields now and then, for others to have a turn. */
  read(): Generator<void>;
  /** True when some part of the table could not be read. */
  damaged(): boolean;
}

export interface ReaderOptions {
  readonly db: Database.Database;
  readonly table: DamagedTable;
  readonly take: (row: Row) => Verdict;
  /** Where keys of the table stand besides the table itself. */
  readonly sources: readonly KeySource[];
  readonly isThere: (key: readonly Value[]) => boolean;
}

const ROWS_AT_A_TIME = 500;
/** Looks into parts of which nothing tells the keys, in all: some seconds. */
const PROBES_MAX = 20_000;
/** Looks in a row that find nothing new: then only splinters are left, each a 4,000th part of what is unknown. */
const BARREN_PROBES_MAX = 4_000;
/** Says of a row whether its texts hold the sign that stands for bytes that are none; see salvage-sound.ts. */
export const REPLACED = 'holds_replaced';

/**
 * Reads around what is damaged. No key that stands in the table decides where to read on, because it may be garbage:
 *
 * 1. From the front to the first fault and from the back to the last, as the rows stand.
 * 2. Each key that an index or another table names and that is not there yet, one by one.
 * 3. Where something is still unknown: from the middle of each part in between, both ways, until nothing is left, single keys
 *    remain, or the looks come to their limits.
 *
 * Of n rows and s sources that name k keys: O(n + s k log n) steps, and PROBES_MAX looks, each of which ends at the next fault.
 */
export function createTableReader(options: ReaderOptions): TableReader {
  const { db, table, take, sources, isThere } = options;
  const key = table.key.map((column) => column.name);
  const texts = table.columns.filter((column) => column.type === 'TEXT');
  const joined = texts.map(({ name }) => `COALESCE(${name}, '')`).join(' || ');
  const select = `SELECT ${table.columns.map(({ name }) => name).join(', ')},
    ${joined === '' ? '1' : `instr(CAST(${joined} AS BLOB), x'EFBFBD')`} AS ${REPLACED} FROM "${table.name}" NOT INDEXED`;
  let faults = false;
  let garbage = false;
  let kept = 0;
  const statements = new Map<string, Database.Statement<Value[], Row>>();

  /** Every step may come upon a damaged page, the first one too. */
  function* rowsOf(rest: string, params: readonly Value[]): Generator<Row, boolean> {
    try {
      let statement = statements.get(rest);
      if (statement === undefined) {
        statement = db.prepare<Value[], Row>(`${select} ${rest}`);
        statements.set(rest, statement);
      }
      yield* statement.iterate(...params);
      return true;
    } catch {
      faults = true;
      return false;
    }
  }

  const keyOf = (row: Row) => key.map((name) => row[name] ?? null);
  const tuple = (count: number) => `(${key.slice(0, count).join(', ')})`;
  const where = (place: Place | null, sign: string) =>
    place === null
      ? ''
      : `WHERE ${tuple(place.values.length)} ${sign} (${place.values.map(() => '?').join(', ')})`;

  /**
   * Reads from one side of a gap towards the other. Returns what is left of the gap, null when nothing is. Only sound rows in
   * their order move its end.
   */
  function* advance(gap: Gap, backwards: boolean): Generator<void, Gap | null> {
    const start = backwards ? gap.to : gap.from;
    const end = (backwards ? gap.from : gap.to)?.values ?? null;
    const sign = backwards ? '<' : start?.open === true ? '>=' : '>';
    const order = key.map((name) => (backwards ? `${name} DESC` : name)).join(', ');
    const ahead = (a: readonly Value[], b: readonly Value[]) => compareKeys(a, b) * (backwards ? -1 : 1);
    const rows = rowsOf(`${where(start, sign)} ORDER BY ${order}`, start?.values ?? []);
    let reached: readonly Value[] | null = null;
    let whole = false;
    for (let n = 1; ; n += 1) {
      const step = rows.next();
      if (step.done === true) {
        whole = step.value;
        break;
      }
      if (note(step.value)) {
        const at = keyOf(step.value);
        if (end !== null && ahead(at, end) > 0) {
          rows.return(true);
          whole = true;
          break;
        }
        if (reached === null || ahead(at, reached) > 0) reached = at;
      }
      if (n % ROWS_AT_A_TIME === 0) yield;
    }
    if (whole) return null;
    if (reached === null) return gap;
    const place: Place = { values: reached, open: false };
    return backwards ? { from: gap.from, to: place } : { from: place, to: gap.to };
  }

  const note = (row: Row): boolean => {
    const verdict = take(row);
    if (verdict === 'garbage') garbage = true;
    if (verdict === 'kept') kept += 1;
    return verdict !== 'garbage';
  };

  /** True when a source was read from end to end, so that no key is unknown. */
  function* oneByOne(): Generator<void, boolean> {
    let complete = false;
    let n = 0;
    for (const source of sources) {
      // What names a row only in part (a message, not which of its parts) tells nothing of what is there already.
      const partly = source.width < key.length;
      if ((partly || source.costly) && !faults && !garbage) continue;
      for (const named of source.keys()) {
        n += 1;
        if (n % ROWS_AT_A_TIME === 0) yield;
        if (!partly && isThere(named)) continue;
        const rows = rowsOf(where({ values: named, open: false }, '='), named);
        for (const row of rows) note(row);
      }
      if (source.complete()) complete = true;
    }
    return complete;
  }

  function* blindly(first: Gap): Generator<void> {
    const numeric = table.key.map((column) => column.type === 'INTEGER');
    const gaps: Gap[] = [first];
    let keptBefore = kept;
    for (let probes = 0, barren = 0; probes < PROBES_MAX && barren < BARREN_PROBES_MAX; probes += 1) {
      barren = kept === keptBefore ? barren + 1 : 0;
      keptBefore = kept;
      // The oldest gap is the widest one, more or less.
      const gap = gaps.shift();
      if (gap === undefined) return;
      const middle = halfway(numeric, gap);
      if (middle === null) continue;
      const below = yield* advance({ from: gap.from, to: middle }, true);
      const above = yield* advance({ from: middle, to: gap.to }, false);
      if (below !== null) gaps.push(below);
      // A fault right behind the middle: that key itself is lost, or it would be tried for ever.
      if (above !== null)
        gaps.push(above.from === middle ? { from: { ...middle, open: false }, to: gap.to } : above);
    }
  }

  return {
    damaged: () => faults || garbage,
    read: function* () {
      const front = yield* advance({ from: null, to: null }, false);
      const left = front === null ? null : yield* advance({ from: null, to: null }, true);
      const complete = yield* oneByOne();
      if (front === null || left === null || complete) return;
      // Garbage may have led one of the ends past the other.
      const [from, to] = [front.from, left.to];
      const crossed = from !== null && to !== null && compareKeys(from.values, to.values) > 0;
      yield* blindly(crossed ? { from: to, to: from } : { from, to });
    },
  };
}
