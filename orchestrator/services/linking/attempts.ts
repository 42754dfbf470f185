import type { EngineName } from '#engines/contract/capability.ts';
import type { RateStore } from '#history/contracts/sends.ts';
import type { Clock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';

const MINUTE_MS = 60_000;

/**
 * WhatsApp punishes accounts that ask for link codes again and again. Each window allows one attempt more than
 * the shorter one before it, so the pauses grow: 60, 120, 240, 480 and 900 s. All survive a restart.
 */
const WINDOWS = [
  { limit: 2, windowMs: MINUTE_MS },
  { limit: 3, windowMs: 3 * MINUTE_MS },
  { limit: 4, windowMs: 7 * MINUTE_MS },
  { limit: 5, windowMs: 15 * MINUTE_MS },
  { limit: 5, windowMs: 30 * MINUTE_MS },
] as const;

/** Counts one attempt to link. Throws AUTH_COOLDOWN for a growing pause, AUTH_RATE_LIMITED for the half-hour. */
export async function countLinkAttempt(rates: RateStore, engine: EngineName, clock: Clock): Promise<void> {
  const now = clock.now();
  // Shortest first: a caller in a loop fills only the shortest window and not the half-hour.
  for (const { limit, windowMs } of WINDOWS) {
    const taken = await rates.take(`link:${engine}:${windowMs}`, limit, windowMs, now);
    if (taken.ok) continue;
    const longest = windowMs === WINDOWS.at(-1)?.windowMs;
    throw new TandemError(longest ? 'AUTH_RATE_LIMITED' : 'AUTH_COOLDOWN', {
      engine,
      retryAfterSeconds: Math.ceil(taken.retryAfterMs / MILLISECONDS_PER_SECOND),
      details: { limit, window_s: windowMs / MILLISECONDS_PER_SECOND },
    });
  }
}
