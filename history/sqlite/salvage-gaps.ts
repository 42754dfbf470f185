export type Value = string | number | null;

/** In the order of the primary key; may name only its first columns. */
export interface Place {
  readonly values: readonly Value[];
  /** Whether what stands there lies behind the place: what is still to be read. */
  readonly open: boolean;
}

/** Between two rows that could be read. Null = the end of the table. */
export interface Gap {
  readonly from: Place | null;
  readonly to: Place | null;
}

/** The middle of the first numeric column in which the ends differ; null = too narrow, or no numbers. */
export function halfway(numeric: readonly boolean[], { from, to }: Gap): Place | null {
  for (let at = 0; at < Math.min(2, numeric.length); at += 1) {
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

/** As SQLite orders keys, for the columns that both name. Texts: by code unit, which differs for rare signs only. */
export function compareKeys(a: readonly Value[], b: readonly Value[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    const [left, right] = [a[at] ?? null, b[at] ?? null];
    if (left === right) continue;
    if (typeof left === typeof right && left !== null && right !== null) return left < right ? -1 : 1;
    return typeof left === 'number' || left === null ? -1 : 1;
  }
  return 0;
}
