import type { Clock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { Times } from './times.ts';

/** A time that something goes back to, in seconds since 1970. Throws INVALID_TIME, also for one in the future. */
export function parsePast(times: Times, clock: Clock, text: string, field: string): number {
  const seconds = times.parse(text, field);
  if (seconds * MILLISECONDS_PER_SECOND <= clock.now()) return seconds;
  throw new TandemError('INVALID_TIME', {
    message: 'This date is in the future; it must lie in the past.',
    hint: 'Give a date in the past, like 2024-01-01.',
    details: { field },
  });
}
