import { TandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';

/** Points in time as people write them, in one time zone. Inside, a time is seconds since 1970. */
export interface Times {
  readonly timeZone: string;
  /** `2026-03-01T09:30:00+01:00`. */
  iso(seconds: number): string;
  isoMs(milliseconds: number): string;
  /** ISO 8601; without offset it is local to the zone, a date alone is its first second. Throws INVALID_TIME. */
  parse(text: string, field: string): number;
}

const SECONDS_PER_MINUTE = 60;
const SECONDS_PER_HOUR = 3_600;
/** The Line Islands; no place on earth is further from Greenwich time. */
const OFFSET_MAX_SECONDS = 14 * SECONDS_PER_HOUR;
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s*(Z|[+-]\d{2}(?::?[0-5]\d)?)?)?$/i;

/** `timeZone` null = the zone of this machine. */
export function createTimes(timeZone: string | null): Times {
  const zone = timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const offsets = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });

  const offsetAt = (seconds: number): number => {
    const part = offsets
      .formatToParts(seconds * MILLISECONDS_PER_SECOND)
      .find((found) => found.type === 'timeZoneName');
    return parseOffset(part?.value.replace('GMT', '') ?? '');
  };

  const iso = (seconds: number): string => {
    const offset = offsetAt(seconds);
    const local = new Date((seconds + offset) * MILLISECONDS_PER_SECOND).toISOString().slice(0, 19);
    return `${local}${formatOffset(offset)}`;
  };

  return {
    timeZone: zone,
    iso,
    isoMs: (milliseconds) => iso(Math.floor(milliseconds / MILLISECONDS_PER_SECOND)),
    parse: (text, field) => {
      const found = ISO.exec(text.trim());
      if (found === null) throw invalidTime(field);
      const [, year, month, day, hour = '0', minute = '0', second = '0', offset] = found;
      const parts = [year, month, day, hour, minute, second].map(Number) as Six;
      const asUtc = utcSeconds(parts);
      if (asUtc === null || asUtc < 0) throw invalidTime(field);
      if (offset !== undefined) {
        const east = parseOffset(offset.toUpperCase() === 'Z' ? '' : offset);
        // A slip there would move the moment by days without anybody noticing.
        if (Math.abs(east) > OFFSET_MAX_SECONDS) throw invalidTime(field);
        return Math.max(0, asUtc - east);
      }
      // The offset depends on the instant and the instant on the offset: the second look settles all but the lost hour.
      const guess = asUtc - offsetAt(asUtc);
      return Math.max(0, asUtc - offsetAt(guess));
    },
  };
}

type Six = [number, number, number, number, number, number];

/** Null when the calendar has no such moment, for example 30 February. */
function utcSeconds([year, month, day, hour, minute, second]: Six): number | null {
  if (hour > 23 || minute > 59 || second > 59) return null;
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const same = at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
  return same ? Math.floor(at.getTime() / MILLISECONDS_PER_SECOND) : null;
}

/** `+05:30`, `-03`, `+0530` or nothing → seconds. */
function parseOffset(text: string): number {
  const found = /^([+-])(\d{2}):?(\d{2})?$/.exec(text);
  if (found === null) return 0;
  const size = Number(found[2]) * SECONDS_PER_HOUR + Number(found[3] ?? '0') * SECONDS_PER_MINUTE;
  return found[1] === '-' ? -size : size;
}

function formatOffset(seconds: number): string {
  if (seconds === 0) return 'Z';
  const size = Math.abs(seconds);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${seconds < 0 ? '-' : '+'}${two(size / SECONDS_PER_HOUR)}:${two((size % SECONDS_PER_HOUR) / SECONDS_PER_MINUTE)}`;
}

function invalidTime(field: string): TandemError {
  return new TandemError('INVALID_TIME', { details: { field, expected: 'ISO 8601 or YYYY-MM-DD' } });
}
