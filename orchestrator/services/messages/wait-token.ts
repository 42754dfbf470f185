import { z } from 'zod';
import type { Cursors } from '../cursor.ts';
import type { Position, Wanted } from './arrivals.ts';

/** A wait that is longer than one call: what it waits for, since when, until when. */
export interface Wait {
  readonly wanted: Wanted;
  readonly position: Position;
  readonly startedAtMs: number;
  readonly endsAtMs: number;
}

const LIST = 'wait_for_message';
const RADIX = 36;
/** The seal takes 1,000 characters, a key 10; a wait begins with the keys of some thirty seconds at most. */
const KEYS_MAX = 80;

const wantedSchema = z.tuple([z.string().nullable(), z.array(z.string()), z.boolean()]);
const placeSchema = z.tuple([z.number(), z.number(), z.string(), z.string()]);

/** A wait as one word for the caller, which fits only this installation. */
export function sealWait(cursors: Cursors, { wanted, position, startedAtMs, endsAtMs }: Wait): string {
  const { chat, from, own } = wanted;
  const keys = [...position.keys].sort((a, b) => a - b).slice(0, KEYS_MAX);
  return cursors.seal(LIST, null, [
    startedAtMs,
    endsAtMs,
    JSON.stringify([chat, from, own]),
    [position.since, ...keys].map((number) => number.toString(RADIX)).join('.'),
  ]);
}

/** Throws INVALID_CURSOR. */
export function openWait(cursors: Cursors, token: string): Wait {
  const place = placeSchema.parse(cursors.open(LIST, null, token));
  const [startedAtMs, endsAtMs, wanted, position] = place;
  const [chat, from, own] = wantedSchema.parse(JSON.parse(wanted));
  const [since = 0, ...keys] = position.split('.').map((text) => Number.parseInt(text, RADIX));
  return { wanted: { chat, from, own }, position: { since, keys }, startedAtMs, endsAtMs };
}
