/** One measured figure against a limit or against a peer in the same run. */
export interface BenchRow {
  readonly name: string;
  /** As measured, with unit. */
  readonly value: string;
  /** What it is held against, with unit. */
  readonly limit: string;
  /** Value against the peer or the limit; null where a ratio says nothing. */
  readonly ratio: number | null;
  readonly ok: boolean;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
