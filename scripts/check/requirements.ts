import { readFile } from 'node:fs/promises';
import { requirements } from '../../test/requirements.ts';
import { trackedFiles } from './tracked-files.ts';

/**
 * Claims and proofs must meet: every claim that the README makes carries an id of test/requirements.ts in a
 * comment (`<!-- R:id -->`), every id is cited by at least one test (`R:id` in the name of a test), and nobody cites
 * an id that does not exist.
 */
export async function requirementProblems(): Promise<readonly string[]> {
  const known = new Set(Object.keys(requirements));
  const claimed = citations(await readFile('README.md', 'utf8'));
  const proven = new Set<string>();
  for (const file of await trackedFiles(['*.test.ts'])) {
    for (const id of citations(await readFile(file, 'utf8'))) proven.add(id);
  }
  const problems: string[] = [];
  for (const id of known) {
    if (!proven.has(id)) problems.push(`${id}: no test cites it`);
    if (!claimed.has(id)) problems.push(`${id}: the README does not claim it`);
  }
  for (const id of [...claimed, ...proven]) {
    if (!known.has(id)) problems.push(`${id}: cited, but not in test/requirements.ts`);
  }
  return problems;
}

function citations(text: string): Set<string> {
  return new Set([...text.matchAll(/\bR:([a-z0-9-]+)/g)].map((match) => match[1] ?? ''));
}
