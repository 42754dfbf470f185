/** Fewest letters to change, add, drop or swap with a neighbour until both are equal; gives up beyond `max`. */
export function editDistance(one: string, other: string, max: number): number | null {
  const a = [...one];
  const b = [...other];
  if (Math.abs(a.length - b.length) > max) return null;
  let before: number[] = [];
  let last = b.map((_, j) => j).concat(b.length);
  for (const [i, letter] of a.entries()) {
    const row = [i + 1];
    for (const [j, against] of b.entries()) {
      const swapped = i > 0 && j > 0 && letter === b[j - 1] && a[i - 1] === against;
      row.push(
        Math.min(
          (last[j] ?? 0) + Number(letter !== against),
          (last[j + 1] ?? 0) + 1,
          (row[j] ?? 0) + 1,
          swapped ? (before[j - 1] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    before = last;
    last = row;
  }
  const distance = last.at(-1) ?? 0;
  return distance <= max ? distance : null;
}
