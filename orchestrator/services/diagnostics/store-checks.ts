import { toTandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { type Check, failed, passed } from './check.ts';

/** Reading a larger file from end to end takes longer than a call may; `tandem doctor` without a service has no such limit. */
const FULL_CHECK_MAX_BYTES = 200_000_000;

/** Enough to know which table it is; a damaged page often has hundreds of faults. */
const FAULTS_SHOWN = 3;
const FAULT_MAX_CHARS = 200;

export async function checkDatabase(
  { history }: ServiceContext,
  { thorough }: { readonly thorough?: boolean },
): Promise<Check> {
  try {
    const { bytes, schemaVersion, backend } = await history.overview();
    const what = `${backend}, schema ${schemaVersion} with no migration pending, ${Math.round(bytes / 100_000) / 10} MB`;
    if (bytes > FULL_CHECK_MAX_BYTES && thorough !== true)
      return passed(
        'database',
        `${what}; too large for a full check within a call: \`tandem doctor\` does it while no service runs.`,
      );
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
  const { usable, rebuiltTo } = await history.maintenance.index();
  if (usable) return passed('search', 'The search index is usable.');
  const open = await history.jobs.list({
    kinds: ['rebuild-search'],
    states: ['queued', 'running', 'waiting'],
    limit: 1,
  });
  const finding = 'The search index is not usable; searches read the texts themselves and are slow.';
  const [job] = open;
  if (job !== undefined) {
    const part =
      job.total === null || job.total === 0 ? '' : ` (${Math.floor((job.done / job.total) * 100)} %)`;
    return failed(
      'search',
      'warning',
      `${finding} It is being rebuilt${part}.`,
      'Nothing to do: searches are quick again at its end.',
    );
  }
  return failed(
    'search',
    'warning',
    rebuiltTo === null ? finding : `${finding} A rebuild was begun and not ended.`,
    'Rebuild it: the tool rebuild_search_index, or stop Tandem and run `tandem repair`. Every message is there.',
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
