import pino from 'pino';
import { redact } from './redact.ts';

export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Messages are constant strings; everything that varies goes into fields and passes the redactor.
 * Levels: error = a person must act; warn = recovered by itself, worth knowing; info = a state changed;
 * debug = a decision; trace = per message, never in production.
 */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  trace(message: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}

export interface LoggerOptions {
  readonly level: string;
  /** Which program writes: orchestrator, baileys, bridge … */
  readonly program: string;
  /** Where lines go; stderr by default, because stdout belongs to the MCP stdio transport. */
  readonly sink?: pino.DestinationStream;
}

/** JSON lines through one redactor. */
export function createLogger(options: LoggerOptions): Logger {
  const root = pino(
    { level: options.level, base: { program: options.program }, timestamp: pino.stdTimeFunctions.isoTime },
    options.sink ?? pino.destination({ fd: 2, sync: true }),
  );
  return wrap(root);
}

/** What every line has of itself. A second one of a name would hide it from whoever reads the line as JSON. */
const OWN_KEYS: ReadonlySet<string> = new Set(['level', 'time', 'msg', 'program']);

function fitted(fields: LogFields): object {
  const entries = Object.entries(redact(fields) as LogFields);
  return Object.fromEntries(
    entries.map(([key, value]) => [OWN_KEYS.has(key) ? `${key}_` : key, value] as const),
  );
}

function wrap(inner: pino.Logger): Logger {
  const write =
    (level: 'error' | 'warn' | 'info' | 'debug' | 'trace') => (message: string, fields?: LogFields) => {
      if (!inner.isLevelEnabled(level)) return;
      inner[level](fields === undefined ? {} : fitted(fields), message);
    };
  return {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    trace: write('trace'),
    child: (fields) => wrap(inner.child(fitted(fields))),
  };
}
