import type Database from 'better-sqlite3';

type Value = string | number | null;
type Row = Readonly<Record<string, Value>>;
/** In the order of the primary key; may name only its first columns. */
interface Place {
  readonly values: readonly Value[];
  /** Whether what stands there lies behind the place: what is still to be read. */
  readonly open: boolean;
}

/** A table of the damaged file, as far as the new file knows it too. */
export interface DamagedTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** Columns of the primary key. */
  readonly key: readonly string[];
  /** Which of them are whole numbers. */
  readonly numeric: readonly boolean[];
}

export interface TableReader {
  /** All rows that can be read, in portions, roughly in the order of the key; some may come twice. */
  rows(): Generator<readonly Row[]>;
  /** True when some part of the table could not be read. */
  damaged(): boolean;
}

/** Between two rows that could be read. Null = the end of the table. */
interface Gap {
  readonly from: Place | null;
  readonly to: Place | null;
}

const ROWS_AT_A_TIME = 500;
/** Looks into damaged parts, in all: some seconds. Where the keys are known, every one of them is tried. */
const PROBES_MAX = 20_000;

/**
 * Reads around what is damaged: from the front to the first fault, from the back to the last, and then again from the middle of
 * each part in between, until nothing is left or single keys remain. `known` gives the keys that may be there, ascending, when
 * something else tells them (an index, another table); they replace guessing.
 */
export function createTableReader(
  db: Database.Database,
  table: DamagedTable,
  known: () => readonly number[] | null,
): TableReader {
  let faults = false;
  const columns = [...new Set([...table.columns, ...table.key])].join(', ');

  /** Rows between two places until the end, a full portion or a fault. */
  const portion = (gap: Gap, backwards: boolean): { rows: Row[]; fault: boolean } => {
    const parts: string[] = [];
    const params: Value[] = [];
    const limit = (place: Place | null, sign: string) => {
      if (place === null) return;
      const names = table.key.slice(0, place.values.length);
      parts.push(`(${names.join(', ')}) ${sign} (${names.map(() => '?').join(', ')})`);
      params.push(...place.values);
    };
    limit(gap.from, gap.from?.open === true ? '>=' : '>');
    limit(gap.to, '<');
    const order = table.key.map((name) => (backwards ? `${name} DESC` : name)).join(', ');
    const rows: Row[] = [];
    try {
      const statement = db.prepare<Value[], Row>(
        `SELECT ${columns} FROM "${table.name}" NOT INDEXED ${parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`}
         ORDER BY ${order} LIMIT ${ROWS_AT_A_TIME}`,
      );
      for (const row of statement.iterate(...params)) rows.push(row);
      return { rows, fault: false };
    } catch {
      faults = true;
      return { rows, fault: true };
    }
  };
  const placeOf = (row: Row): Place => ({ values: table.key.map((name) => row[name] ?? null), open: false });

  /** Yields what can be read from one side; returns what is left of the gap, null when nothing is. */
  function* advance(gap: Gap, backwards: boolean): Generator<readonly Row[], Gap | null> {
    let rest = gap;
    for (;;) {
      const { rows, fault } = portion(rest, backwards);
      if (rows.length > 0) yield rows;
      const last = rows.at(-1);
      if (last !== undefined)
        rest = backwards ? { from: rest.from, to: placeOf(last) } : { from: placeOf(last), to: rest.to };
      if (fault) return rest;
      if (rows.length < ROWS_AT_A_TIME) return null;
    }
  }

  function* bothSides(gap: Gap): Generator<readonly Row[], Gap | null> {
    const left = yield* advance(gap, false);
    return left === null ? null : yield* advance(left, true);
  }

  return {
    damaged: () => faults,
    rows: function* () {
      const left = yield* bothSides({ from: null, to: null });
      if (left === null) return;
      const keys = known();
      const gaps: Gap[] = [left];
      for (let probes = 0; keys !== null || probes < PROBES_MAX; probes += 1) {
        // The oldest gap is the widest one, more or less.
        const gap = gaps.shift();
        if (gap === undefined) return;
        const middle = keys === null ? halfway(table, gap) : medianKey(keys, gap);
        if (middle === null) continue;
        const below = yield* advance({ from: gap.from, to: middle }, true);
        const above = yield* advance({ from: middle, to: gap.to }, false);
        if (below !== null) gaps.push(below);
        // A fault right behind the middle: that key itself is lost, or it would be tried for ever.
        if (above !== null)
          gaps.push(above.from === middle ? { from: { ...middle, open: false }, to: gap.to } : above);
      }
    },
  };
}

/** The middle of the first numeric column in which the ends differ; null = too narrow, or no numbers. */
function halfway({ key, numeric }: DamagedTable, { from, to }: Gap): Place | null {
  for (let at = 0; at < Math.min(2, key.length); at += 1) {
    if (numeric[at] !== true) return null;
    const low = numberAt(from, at);
    const high = numberAt(to, at);
    const toIsPrefix = to?.values.length === at + 1;
    if (low !== null && (low === high || (low + 1 === high && toIsPrefix))) continue;
    // An open end: some half as far again each time, from whatever is known.
    const bottom = low ?? Math.min(0, (high ?? 0) - 1);
    const top = high ?? Math.max(bottom + 2, bottom * 2);
    if (top > Number.MAX_SAFE_INTEGER || top <= bottom || (top - bottom === 1 && toIsPrefix)) return null;
    return {
      values: [...(from?.values ?? []).slice(0, at), Math.ceil((bottom + top) / 2)],
      open: true,
    };
  }
  return null;
}

function numberAt(place: Place | null, column: number): number | null {
  const value = place?.values[column];
  return typeof value === 'number' ? value : null;
}

/** Of the known keys within the gap. */
function medianKey(keys: readonly number[], { from, to }: Gap): Place | null {
  const low = from === null ? 0 : firstAtLeast(keys, Number(from.values[0]) + (from.open ? 0 : 1));
  const high = to === null ? keys.length : firstAtLeast(keys, Number(to.values[0]));
  const middle = keys[Math.floor((low + high) / 2)];
  return high <= low || middle === undefined ? null : { values: [middle], open: true };
}

function firstAtLeast(keys: readonly number[], value: number): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
