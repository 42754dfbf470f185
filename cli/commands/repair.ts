import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { History } from '#history/contracts/history.ts';
import { openHistory } from '#history/sqlite/history.ts';
import { type SalvageProgress, type SalvageReport, salvageHistory } from '#history/sqlite/salvage.ts';
import { systemClock } from '#kernel/clock.ts';
import { acquireOwnership, dataDirAt, keepFilesPrivate, type Owner, openDataDir } from '#kernel/data-dir.ts';
import { TandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { formatCount, formatCounted } from '../render/numbers.ts';
import { renderProgress } from '../render/progress.ts';
import { renderTable } from '../render/table.ts';
import { createSilentLog } from '../service/log-file.ts';
import { type CommonOptions, configOf } from '../settings.ts';
import { noDataIn } from './no-data.ts';

export interface RepairOptions extends CommonOptions {
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Whoever has it open would go on writing into the damaged file. */
function takeOwnership(root: string): { release(): void } {
  try {
    return acquireOwnership(root);
  } catch (thrown) {
    if (!(thrown instanceof TandemError) || thrown.code !== 'INSTANCE_ALREADY_RUNNING') throw thrown;
    const owner = thrown.details?.owner as Owner | null | undefined;
    throw new TandemError('INSTANCE_ALREADY_RUNNING', {
      message: `Tandem is running${owner === null || owner === undefined ? '' : ` (pid ${owner.pid})`}, and a history in use cannot be repaired.`,
      hint: 'Stop it, then run `tandem repair` again.',
      details: { owner: owner ?? null },
      cause: thrown,
    });
  }
}

/** A slip in the name of a folder makes none: who repairs has one. Throws DATA_DIR_UNUSABLE. */
function refuseMissing(folder: string): void {
  if (noDataIn(folder) !== 'missing') return;
  throw new TandemError('DATA_DIR_UNUSABLE', {
    message: `There is no data directory ${folder}.`,
    hint: 'Name the folder of the account with --data-dir. Nothing was made or changed.',
    details: { reason: 'missing' },
  });
}

/** Before anything is made for looking at it. What cannot be looked at is opened, which says why. */
function holdsNoHistory(folder: string): boolean {
  try {
    return !readdirSync(folder).includes(basename(dataDirAt(folder).historyFile));
  } catch {
    return false;
  }
}

type Finding = 'no-history' | 'empty' | 'sound' | 'index' | 'damaged';

/** Messages a step: about a second, so that the bar moves. */
const INDEXED_AT_A_TIME = 5_000;

/**
 * `tandem repair`: looks whether the history is damaged and mends it. Errors: INSTANCE_ALREADY_RUNNING while a service runs,
 * VALIDATION_ERROR where nobody can be asked, DB_CORRUPT when nothing can be read, DB_DISK_FULL, DATA_DIR_UNUSABLE.
 */
export async function runRepair(io: Io, options: RepairOptions): Promise<number> {
  const config = configOf(io.env, options);
  refuseMissing(config.dataDir);
  if (holdsNoHistory(config.dataDir)) return tellFinding(io, options, 'no-history');
  keepFilesPrivate();
  const dataDir = openDataDir(config.dataDir);
  const ownership = takeOwnership(dataDir.root);
  const { logger } = createSilentLog('repair');
  const facts = { file: dataDir.historyFile, clock: systemClock, logger };
  try {
    let finding = await lookAt(facts);
    if (finding === 'index' || finding === 'damaged') {
      if (options.yes !== true && !(await confirmed(finding))) return exitCodes.interrupted;
      if (finding === 'index' && !(await rebuildIndex(io, options, facts))) finding = 'damaged';
      if (finding === 'damaged') {
        const report = await salvageHistory({
          ...facts,
          onProgress: (progress) => tell(io, options, progress),
        });
        showReport(io, options, report);
        return exitCodes.ok;
      }
    }
    return tellFinding(io, options, finding);
  } finally {
    ownership.release();
  }
}

function tellFinding({ out, json }: Io, options: RepairOptions, finding: Finding): number {
  out.clear();
  if (options.json === true) json({ event: 'done', finding });
  else out.print(`${out.colours.green('✔')} ${OUTCOMES[finding]}`);
  return exitCodes.ok;
}

const OUTCOMES: Readonly<Record<Finding, string>> = {
  'no-history': 'There is no history in this data directory yet: nothing to repair.',
  empty:
    'The file of the history is empty (0 bytes): it is created at the next start. If there was a history, look for a copy in backups/.',
  sound: 'The history is sound: nothing to repair.',
  index: 'The search index is rebuilt; every message was there.',
  damaged: 'The history is repaired.',
};

interface Facts {
  readonly file: string;
  readonly clock: typeof systemClock;
  readonly logger: Logger;
}

/** What was written last may not be in the file itself yet. */
function holdsWal(file: string): boolean {
  const wal = `${file}-wal`;
  return existsSync(wal) && statSync(wal).size > 0;
}

async function lookAt(facts: Facts): Promise<Finding> {
  // Opening it would make it a history without messages, and that is sound.
  if (statSync(facts.file).size === 0 && !holdsWal(facts.file)) return 'empty';
  let history: History | null = null;
  try {
    history = await openHistory(facts);
    const faults = await history.integrity();
    if (faults.length > 0 && !faults.every((fault) => fault.includes('messages_fts'))) return 'damaged';
    const { usable } = await history.maintenance.index();
    return faults.length === 0 && usable ? 'sound' : 'index';
  } catch (thrown) {
    if (thrown instanceof TandemError && thrown.code === 'DB_CORRUPT') return 'damaged';
    throw thrown;
  } finally {
    await history?.close();
  }
}

/** False when more than the index is damaged after all: the place that it stands on. */
async function rebuildIndex(io: Io, options: RepairOptions, facts: Facts): Promise<boolean> {
  const history = await openHistory(facts);
  try {
    for (let after: number | null = null; ; ) {
      const step = await history.maintenance.reindex(after, INDEXED_AT_A_TIME);
      tell(io, options, { phase: 'indexing', table: null, done: step.indexed, total: step.total });
      if (step.next === null) return true;
      after = step.next;
    }
  } catch (thrown) {
    if (thrown instanceof TandemError && thrown.code === 'DB_CORRUPT') return false;
    throw thrown;
  } finally {
    await history.close();
  }
}

const PHASES: Readonly<Record<SalvageProgress['phase'], string>> = {
  copying: 'copying',
  mending: 'putting together what belongs together',
  indexing: 'building the search index',
  checking: 'checking the new file',
};

function tell({ out, json }: Io, options: RepairOptions, progress: SalvageProgress): void {
  if (options.json === true) {
    json({ event: 'progress', ...progress });
    return;
  }
  const { phase, table, done, total } = progress;
  const percent = total === null || total === 0 ? null : (done / total) * 100;
  const words = `${PHASES[phase]}${table === null ? '' : ` ${table}`}${done === 0 ? '' : `: ${formatCount(done)}`}`;
  out.live([renderProgress(percent, words, out.colours)], PHASES[phase]);
}

function showReport({ out, json }: Io, options: RepairOptions, report: SalvageReport): void {
  if (options.json === true) {
    json({ event: 'done', finding: 'damaged', ...report });
    return;
  }
  const { colours } = out;
  const { messages } = report;
  const gone = (count: number | null) =>
    count === null ? colours.yellow('some') : count === 0 ? '–' : colours.yellow(formatCount(count));
  out.clear();
  out.print(
    ...renderTable(
      [
        { title: 'TABLE' },
        { title: 'SAVED', align: 'right' },
        { title: 'DROPPED', align: 'right' },
        { title: 'LOST', align: 'right' },
      ],
      report.tables
        .filter((one) => one.copied > 0 || one.dropped > 0 || one.lost !== 0)
        .map((one) => [one.table, formatCount(one.copied), gone(one.dropped), gone(one.lost)]),
      colours,
    ),
    '',
    `${colours.green('✔')} ${outcomeOf(messages)} ${formatCounted(messages.copied, 'message')} saved.`,
    `  The damaged file is kept: ${report.damagedFile}`,
  );
  if (messages.dropped > 0)
    out.print(
      `  ${formatCounted(messages.copied + messages.dropped, 'message')} could be read, of which ${formatCount(messages.dropped)} were garbage and are left out.`,
    );
  if (messages.lost !== 0)
    out.print('  Messages that are missing may still be on the phone: fetch the older history once more.');
}

/** Whoever reads only this line must see that it is not all there. */
function outcomeOf({ copied, lost }: SalvageReport['messages']): string {
  if (lost === 0) return OUTCOMES.damaged;
  const part =
    lost === null ? 'some messages' : `${formatCount(lost)} of ${formatCounted(copied + lost, 'message')}`;
  return `The history works again, without ${part}.`;
}

async function confirmed(finding: 'index' | 'damaged'): Promise<boolean> {
  if (process.stdin.isTTY !== true)
    throw new TandemError('VALIDATION_ERROR', {
      message: 'Repairing needs a confirmation.',
      hint: 'Add --yes where nobody can be asked.',
      details: { finding },
    });
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await prompt.question(
      finding === 'index'
        ? 'Only the search index is damaged. Rebuild it? [y/N] '
        : 'The history is damaged. Save what can be read into a new file, and keep the damaged one in backups/? [y/N] ',
    );
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}
