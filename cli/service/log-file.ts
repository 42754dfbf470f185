import { renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pino from 'pino';
import { makePrivateDir, PRIVATE_FILE } from '#kernel/data-dir.ts';
import { createLogger, type Logger } from '#kernel/logger.ts';

/** A log larger than this is set aside at the next start; one older file is kept. */
const LOG_FILE_MAX_BYTES = 10_000_000;

export function logFileOf(dataDir: string): string {
  return join(dataDir, 'tandem.log');
}

export interface ServiceLog {
  readonly logger: Logger;
  /** Takes lines that are JSON already: those of engine processes. */
  forward(line: string): void;
  /** Where it goes; null = stderr. */
  readonly file: string | null;
}

/** JSON lines on stderr, where a container or a service manager collects them. */
export function createStderrLog(level: string, program: string): ServiceLog {
  return {
    logger: createLogger({ level, program }),
    forward: (line) => void process.stderr.write(`${line}\n`),
    file: null,
  };
}

/** JSON lines into a file beside the data, so that a terminal stays readable. */
export function createFileLog(level: string, program: string, file: string): ServiceLog {
  makePrivateDir(dirname(file));
  setAside(file);
  const sink = pino.destination({ dest: file, sync: true, append: true, mode: PRIVATE_FILE });
  return {
    logger: createLogger({ level, program, sink }),
    forward: (line) => void sink.write(`${line}\n`),
    file,
  };
}

function setAside(file: string): void {
  try {
    if (statSync(file).size > LOG_FILE_MAX_BYTES) renameSync(file, `${file}.old`);
  } catch {
    // There is no log yet.
  }
}
