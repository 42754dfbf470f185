import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { PRIVATE_FILE } from '#kernel/data-dir.ts';
import { TandemError } from '#kernel/errors.ts';
import { redact } from '#kernel/redact.ts';
import { logFileOf, olderLogFileOf } from '../service/log-file.ts';

const LOG_LINES = 300;
/** The end of a long log; a first line that this cuts is left out. */
const LOG_MAX_CHARS = 200_000;

/** Readable for its owner only, although everything in it is masked. Throws VALIDATION_ERROR when it cannot be written. */
export function writeReport(file: string, report: object): void {
  try {
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`, { mode: PRIVATE_FILE });
    chmodSync(file, PRIVATE_FILE);
  } catch (cause) {
    throw new TandemError('VALIDATION_ERROR', {
      message: `The report cannot be written there (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'}).`,
      hint: 'Choose another file: `tandem doctor --bundle report.json`.',
      cause,
    });
  }
}

/** The end of the log, masked once more, because a file on the disk may be of an earlier version. Folders are not named either. */
export function maskedLog(dataDir: string): readonly unknown[] {
  const newest = endOf(logFileOf(dataDir));
  // Of a log that has just been set aside, the end stands in the older file.
  const text = newest.length < LOG_MAX_CHARS ? endOf(olderLogFileOf(dataDir)) + newest : newest;
  // In a container it may be the root of everything.
  const home = homedir();
  return text
    .replaceAll(dataDir, '<data>')
    .replaceAll(home.length > 1 ? home : dataDir, '~')
    .split('\n')
    .slice(-LOG_LINES)
    .flatMap((line) => {
      try {
        return [redact(JSON.parse(line))];
      } catch {
        // What is no JSON was printed by a library, or is cut.
        return [];
      }
    });
}

function endOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(-LOG_MAX_CHARS);
  } catch {
    // Never started, or it could not be written.
    return '';
  }
}
