import type { Logger } from '#kernel/logger.ts';

/** The part of pino that Baileys calls. */
export interface LibraryLogger {
  level: string;
  child(fields: Record<string, unknown>): LibraryLogger;
  trace(fields: unknown, message?: string): void;
  debug(fields: unknown, message?: string): void;
  info(fields: unknown, message?: string): void;
  warn(fields: unknown, message?: string): void;
  error(fields: unknown, message?: string): void;
}

const RANK = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60, silent: 100 } as const;
type Level = keyof typeof RANK;

/**
 * Lets the library log through ours, at its own level. `level` is what the library asks before it dumps
 * stanzas, so it never says `trace` unless a developer set that.
 */
export function createLibraryLogger(logger: Logger, level: Level): LibraryLogger {
  const write =
    (at: 'trace' | 'debug' | 'info' | 'warn' | 'error') =>
    (fields: unknown, message?: string): void => {
      if (RANK[at] < RANK[level]) return;
      const isText = typeof fields === 'string';
      // The library builds messages from data, so they go where the redactor looks.
      logger[at]('library', {
        detail: isText ? fields : message,
        ...(isText || fields === undefined ? {} : { fields }),
      });
    };
  const adapter: LibraryLogger = {
    level,
    child: () => adapter,
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
  return adapter;
}
