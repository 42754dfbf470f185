import { closeSync, fstatSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PRIVATE_FILE } from '#kernel/data-dir.ts';
import { createLogger, type Logger } from '#kernel/logger.ts';

/** A log larger than this is set aside; one older file is kept. */
const LOG_FILE_MAX_BYTES = 10_000_000;
const STDERR = 2;

export function logFileOf(dataDir: string): string {
  return join(dataDir, 'tandem.log');
}

/** The one before, once the log has been set aside. */
export function olderLogFileOf(dataDir: string): string {
  return `${logFileOf(dataDir)}.old`;
}

export interface ServiceLog {
  readonly logger: Logger;
  /** Takes lines that are JSON already: those of engine processes. */
  forward(line: string): void;
  /** Null = in no file. */
  readonly file: string | null;
}

export interface ServiceLogOptions {
  readonly level: string;
  readonly program: string;
  readonly dataDir: string;
  /** On stderr too, where a container or a service manager collects lines; not where a person reads the terminal. */
  readonly toStderr: boolean;
}

/**
 * JSON lines into a file beside the data, wherever the service runs: the report of `tandem doctor --bundle` ends with it.
 * Nothing is touched before the first line, which is written by whoever owns the data directory: a second instance, which is
 * refused, sets no log of the first one aside. A file that cannot be written stops nothing; it is said once on stderr.
 */
export function createServiceLog({ level, program, dataDir, toStderr }: ServiceLogOptions): ServiceLog {
  const file = createBoundedFile(logFileOf(dataDir), olderLogFileOf(dataDir), (code) =>
    createLogger({ level, program }).warn('the log file cannot be written', { code }),
  );
  const echoes = toStderr && !isStderr(logFileOf(dataDir));
  const write = (line: string) => {
    file.append(line);
    if (echoes) process.stderr.write(line);
  };
  return {
    logger: createLogger({ level, program, sink: { write } }),
    forward: (line) => write(`${line}\n`),
    file: logFileOf(dataDir),
  };
}

/** For commands that look at the data of a service that is not running. */
export function createSilentLog(program: string): ServiceLog {
  return { logger: createLogger({ level: 'silent', program }), forward: () => undefined, file: null };
}

/** For a process that is to print into the log; the caller closes it. */
export function openLogFile(dataDir: string): number {
  return openBounded(logFileOf(dataDir), olderLogFileOf(dataDir));
}

/** A service in the background prints into its log as it is; every line would stand there twice. */
function isStderr(file: string): boolean {
  try {
    const [own, log] = [fstatSync(STDERR), statSync(file)];
    return own.dev === log.dev && own.ino === log.ino;
  } catch {
    // No log yet, or no stderr.
    return false;
  }
}

interface BoundedFile {
  append(text: string): void;
}

/** Tries again with every line, because a disk that is full may not stay so; `onTrouble` is told of the first failure in a row. */
function createBoundedFile(file: string, older: string, onTrouble: (code: string) => void): BoundedFile {
  let fd: number | null = null;
  let bytes = 0;
  let failed = false;
  const close = () => {
    if (fd !== null) closeSync(fd);
    fd = null;
  };
  return {
    append: (text) => {
      try {
        if (bytes > LOG_FILE_MAX_BYTES) close();
        if (fd === null) {
          fd = openBounded(file, older);
          bytes = fstatSync(fd).size;
        }
        bytes += writeSync(fd, text);
        failed = false;
      } catch (thrown) {
        close();
        if (!failed) onTrouble((thrown as NodeJS.ErrnoException).code ?? 'unknown');
        failed = true;
      }
    },
  };
}

function openBounded(file: string, older: string): number {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LOG_FILE_MAX_BYTES) renameSync(file, older);
  return openSync(file, 'a', PRIVATE_FILE);
}
