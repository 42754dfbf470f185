/**
 * Known beats unknown. Where two engines contradict each other, the fuller value wins, and of equally full ones the
 * greater: not because greater is truer, but so that the order of arrival never decides.
 */
export function fuller(a: string | null, b: string | null): string | null {
  if (a === null || a === b) return b;
  if (b === null) return a;
  if (a.length !== b.length) return a.length > b.length ? a : b;
  return a > b ? a : b;
}

/** Known beats unknown, the greater of two known. */
export function greater(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.max(a, b);
}

/** Known beats unknown, the earlier of two known. */
export function earlier(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.min(a, b);
}
