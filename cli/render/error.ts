import type { TandemError } from '#kernel/errors.ts';
import type { Colours } from './colours.ts';
import { formatDuration } from './numbers.ts';

/** Facts that message or hint hold already. */
const SAID_ELSEWHERE = new Set(['problems', 'holder', 'host', 'port', 'owner', 'url', 'engines']);

/** An error for people: what happened, its code, what to do next, and the facts of the case. */
export function renderError(error: TandemError, colours: Colours): string[] {
  const lines = [
    `${colours.red('✖')} ${colours.bold(error.message)} ${colours.dim(`(${error.code})`)}`,
    `  ${error.hint}`,
  ];
  if (error.retryAfterSeconds !== null) {
    lines.push(`  Wait ${formatDuration(error.retryAfterSeconds * 1_000)} first.`);
  }
  for (const [name, value] of Object.entries(error.details ?? {})) {
    if (SAID_ELSEWHERE.has(name) || value === null || value === undefined) continue;
    const text = typeof value === 'object' ? factsOf(value) : String(value);
    if (text !== '') lines.push(colours.dim(`  ${name.replaceAll('_', ' ')}: ${text}`));
  }
  return lines;
}

function factsOf(value: object): string {
  if (Array.isArray(value))
    return value.map((item) => (typeof item === 'object' ? '' : String(item))).join(', ');
  return Object.entries(value)
    .filter(([, inner]) => inner !== null && typeof inner !== 'object')
    .map(([name, inner]) => `${name} ${String(inner)}`)
    .join(', ');
}
