import type { Clock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import { parsePast } from './past.ts';
import type { Times } from './times.ts';

/** One end of a range, as somebody gave it. */
interface End {
  /** Its name as an argument. */
  readonly field: string;
  readonly text: string | undefined;
}

/** In seconds since 1970; null = open on that side. */
export interface Range {
  readonly from: number | null;
  readonly to: number | null;
}

/**
 * Times from one moment on and before another. `clock` = work is begun for it, which must not be for nothing: a range that lies in
 * the future is refused too. Throws INVALID_TIME.
 */
export function parseRange(times: Times, from: End, to: End, clock: Clock | null = null): Range {
  const start =
    from.text === undefined
      ? null
      : clock === null
        ? times.parse(from.text, from.field)
        : parsePast(times, clock, from.text, from.field);
  const end = to.text === undefined ? null : times.parse(to.text, to.field);
  if (start !== null && end !== null && start >= end) {
    throw new TandemError('INVALID_TIME', {
      message: `The range is empty: ${from.field} must be earlier than ${to.field}.`,
      hint: `Give an earlier ${from.field} or a later ${to.field}; perhaps they are swapped.`,
      details: { field: from.field },
    });
  }
  return { from: start, to: end };
}
