import { z } from 'zod';
import type { TandemError } from '#kernel/errors.ts';
import type { Colours } from './colours.ts';
import { formatDuration } from './numbers.ts';
import { displayWidth, padEnd, safeInline } from './text.ts';

/** Facts that message or hint hold already. */
const SAID_ELSEWHERE = new Set(['problems', 'holder', 'host', 'port', 'owner', 'url', 'engines']);

/** A chat or a person that may have been meant. */
const choiceSchema = z.object({ jid: z.string(), name: z.string().optional(), type: z.string().optional() });

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
    const choices = choicesOf(value);
    if (choices !== null) {
      lines.push(colours.dim(`  ${name.replaceAll('_', ' ')}:`), ...choices.map((line) => `    ${line}`));
      continue;
    }
    if (SAID_ELSEWHERE.has(name) || value === null || value === undefined) continue;
    const text = typeof value === 'object' ? factsOf(value) : String(value);
    if (text !== '') lines.push(colours.dim(`  ${name.replaceAll('_', ' ')}: ${text}`));
  }
  return lines;
}

/** Things to choose from, the id first, in columns; null for anything else. */
function choicesOf(value: unknown): readonly string[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const rows = value.map((one) => choiceSchema.safeParse(one).data);
  if (!rows.every((row) => row !== undefined)) return null;
  const width = Math.max(...rows.map(({ jid }) => displayWidth(safeInline(jid))));
  return rows.map(({ jid, name, type }) => {
    const words = [name === undefined ? '' : safeInline(name), type === undefined ? '' : `(${type})`];
    return `${padEnd(safeInline(jid), width)}  ${words.filter((word) => word !== '').join(' ')}`.trimEnd();
  });
}

function factsOf(value: object): string {
  if (Array.isArray(value))
    return value.map((item) => (typeof item === 'object' ? '' : String(item))).join(', ');
  return Object.entries(value)
    .filter(([, inner]) => inner !== null && typeof inner !== 'object')
    .map(([name, inner]) => `${name} ${String(inner)}`)
    .join(', ');
}
