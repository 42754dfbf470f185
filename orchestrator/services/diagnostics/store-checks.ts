import { toTandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { type Check, failed, passed } from './check.ts';

/** Reading a larger file from end to end takes longer than a call may; `tandem doctor` does it without that limit. */
const FULL_CHECK_MAX_BYTES = 200_000_000;

/** Enough to know which table it is; a damaged page often has hundreds of faults. */
const FAULTS_SHOWN = 3;
const FAULT_MAX_CHARS = 200;

export async function checkDatabase({ history }: ServiceContext): Promise<Check> {
  try {
    const { bytes, schemaVersion, backend } = await history.overview();
    const what = `${backend}, schema ${schemaVersion}, ${Math.round(bytes / 100_000) / 10} MB`;
    if (bytes > FULL_CHECK_MAX_BYTES)
      return passed('database', `${what}; too large for a full check within a call.`);
    const problems = await history.integrity();
    if (problems.length === 0) return passed('database', `${what}, sound.`);
    return failed(
      'database',
      'error',
      `${what}, ${faults(problems)}`,
      'Stop Tandem and run `tandem repair`; docs/runbooks/database.md says what it does.',
      'DB_CORRUPT',
    );
  } catch (thrown) {
    const { code, message, hint } = toTandemError(thrown);
    return failed('database', 'error', message, hint, code);
  }
}

/** SQLite's own words: names of tables and numbers of pages and rows, nothing of the account. */
function faults(problems: readonly string[]): string {
  const shown = problems.slice(0, FAULTS_SHOWN).map((problem) => problem.slice(0, FAULT_MAX_CHARS));
  const more = problems.length > shown.length ? ['…'] : [];
  return `${problems.length} ${problems.length === 1 ? 'fault' : 'faults'} found: ${[...shown, ...more].join('; ')}`;
}

export async function checkSearch({ history }: ServiceContext): Promise<Check> {
  const { searchUsable } = await history.overview();
  if (searchUsable) return passed('search', 'The search index is usable.');
  return failed(
    'search',
    'warning',
    'The search index is not usable; searches read the texts themselves and are slow.',
    'It is being rebuilt, or can be: stop Tandem and run `tandem repair`. Every message is there.',
  );
}

export async function checkQuarantine({ history }: ServiceContext): Promise<Check> {
  const count = await history.ingest.quarantinedCount();
  if (count === 0) return passed('quarantine', 'Everything that engines reported could be read.');
  return failed(
    'quarantine',
    'warning',
    `${count} entries from engines could not be read and were put aside.`,
    'Update Tandem; they are kept. Report it when the number grows.',
  );
}
