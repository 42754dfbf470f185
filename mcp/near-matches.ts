const MAX_MATCHES = 3;
/** Share of common letter pairs from which two names look alike; found by trying typical slips. */
const ALIKE_FROM = 0.45;

/** Names that look like the one asked for, best first. */
export function nearMatches(asked: string, names: readonly string[]): readonly string[] {
  const wanted = letterPairs(asked);
  return names
    .map((name) => ({ name, alike: likeness(wanted, letterPairs(name)) }))
    .filter(({ alike }) => alike >= ALIKE_FROM)
    .sort((a, b) => b.alike - a.alike || a.name.localeCompare(b.name))
    .slice(0, MAX_MATCHES)
    .map(({ name }) => name);
}

/** Names are short; what is longer was never one, and costs no work. */
const NAME_MAX_CHARS = 100;

function letterPairs(name: string): ReadonlySet<string> {
  const text = `^${name.slice(0, NAME_MAX_CHARS).toLowerCase()}$`;
  const pairs = new Set<string>();
  for (let i = 0; i + 1 < text.length; i += 1) pairs.add(text.slice(i, i + 2));
  return pairs;
}

/** Dice's coefficient: 0 = nothing in common, 1 = the same pairs. */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0;
  for (const pair of a) if (b.has(pair)) common += 1;
  return (2 * common) / (a.size + b.size);
}
