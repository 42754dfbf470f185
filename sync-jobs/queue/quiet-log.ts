import type { Clock } from '#kernel/clock.ts';
import type { Logger } from '#kernel/logger.ts';
import { reasonOf } from './entry.ts';

/** A store that is away makes every worker complain at every try; one line in this time says it. */
const LINE_EVERY_MS = 30_000;

/** Takes errors at any rate; writes constant lines, with the code alone and how many were left out. */
export type ErrorReporter = (message: string, thrown: unknown) => void;

export function createErrorReporter(logger: Logger, clock: Clock): ErrorReporter {
  const lines = new Map<string, { at: number; omitted: number }>();
  return (message, thrown) => {
    const reason = reasonOf(thrown);
    const key = `${message} ${reason}`;
    const last = lines.get(key);
    const now = clock.now();
    if (last !== undefined && Math.abs(now - last.at) < LINE_EVERY_MS) {
      last.omitted += 1;
      return;
    }
    lines.set(key, { at: now, omitted: 0 });
    logger.warn(message, { reason, omitted: last?.omitted ?? 0 });
  };
}
