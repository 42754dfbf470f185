import { readFile } from 'node:fs/promises';
import { trackedFiles } from './tracked-files.ts';

/** One idea a file: hand-written source stays readable in one sitting. */
const SOURCE_MAX_LINES = 500;
const TEST_MAX_LINES = 600;

/** Files that may be longer, each with its reason. */
const allowed: Readonly<Record<string, string>> = {};

export async function fileSizeProblems(): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const file of await trackedFiles(['*.ts', '*.mjs'])) {
    if (file in allowed) continue;
    const lines = (await readFile(file, 'utf8')).split('\n').length;
    const limit = file.endsWith('.test.ts') ? TEST_MAX_LINES : SOURCE_MAX_LINES;
    if (lines > limit) problems.push(`${file}: ${lines} lines, at most ${limit}`);
  }
  return problems;
}
