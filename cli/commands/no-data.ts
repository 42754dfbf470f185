import { readdirSync } from 'node:fs';

export type NoData = 'missing' | 'empty' | 'foreign';

/** Any of them stands in a folder that Tandem has used. */
const OURS: ReadonlySet<string> = new Set(['owner.lock', 'history.db', 'engines', 'service.json']);

/**
 * For commands that only look: a slip in the name of a folder must not become an account without messages.
 * Null = there is something, or it cannot be looked at, which is a finding of its own.
 */
export function noDataIn(folder: string): NoData | null {
  try {
    const names = readdirSync(folder);
    if (names.length === 0) return 'empty';
    return names.some((name) => OURS.has(name)) ? null : 'foreign';
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : null;
  }
}

export const noDataWords: Readonly<Record<NoData, string>> = {
  missing: 'There is no data directory yet.',
  empty: 'The data directory is empty.',
  foreign: 'There is nothing of Tandem in this folder.',
};

export const NO_DATA_HINT =
  '`tandem up` makes what it needs and shows the code to link an account. If there should be one already, name its folder with --data-dir.';
