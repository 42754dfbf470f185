import { z } from 'zod';
import type { Json } from '#history/contracts/jobs.ts';
import type { GapLeft } from './walk.ts';

/** What a job remembers of one chat from turn to turn, beside what the store knows of it anyway. */
export interface ChatMemory {
  /** How often it stayed silent, whatever was tried. */
  readonly rounds: number;
  readonly left: readonly GapLeft[];
}

const schema = z.strictObject({
  rounds: z.int().nonnegative(),
  left: z.array(z.strictObject({ anchor: z.string(), silent: z.boolean() })),
});
const NOTHING: ChatMemory = { rounds: 0, left: [] };

export function memoryOf(result: Json): ChatMemory {
  return schema.safeParse(result).data ?? NOTHING;
}

export function jsonOf({ rounds, left }: ChatMemory): Json {
  return { rounds, left: left.map(({ anchor, silent }) => ({ anchor, silent })) };
}

/** A silent chat is asked again so often, each time after a longer rest. */
const STALL_ROUNDS = 3;
const STALL_REST_WAITS = 30;

/** How long a chat that has stayed silent so often rests before it is asked once more; null = it is given up for this run. */
export function stallRestMs(rounds: number, waitMs: number): number | null {
  return rounds >= STALL_ROUNDS ? null : waitMs * STALL_REST_WAITS * 2 ** rounds;
}

/** No rest is longer: what seems to be was written down before somebody set the clock back. */
export function longestStallMs(waitMs: number): number {
  return waitMs * STALL_REST_WAITS * 2 ** STALL_ROUNDS;
}
