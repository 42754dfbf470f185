import type { EngineName } from '#engines/contract/capability.ts';
import type { RateStore } from '#history/contracts/sends.ts';
import type { Clock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';

const MINUTE_MS = 60_000;
/** Attempts are held against an engine for so long, or until it is linked. */
const MEMORY_MS = 24 * 60 * MINUTE_MS;
const WINDOW_MS = 30 * MINUTE_MS;
const WINDOW_MAX = 5;
/** Pause after the first, second, … attempt without success: a slip is free, then they grow. */
const PAUSES_MS = [0, 1, 2, 4, 8, 15].map((minutes) => minutes * MINUTE_MS);

/** WhatsApp punishes accounts that ask for link codes again and again. Everything counted survives a restart. */
export interface LinkAttempts {
  /** Counts one attempt. Throws AUTH_RATE_LIMITED for the half-hour, AUTH_COOLDOWN for the growing pause. */
  count(engine: EngineName): Promise<void>;
  /** The engine is linked: earlier attempts no longer matter. Cheap when there were none. */
  succeeded(engine: EngineName): Promise<void>;
}

export function createLinkAttempts(rates: RateStore, clock: Clock): LinkAttempts {
  const clean = new Set<EngineName>();
  const bucket = (engine: EngineName) => `link:${engine}`;
  return {
    count: async (engine) => {
      const now = clock.now();
      const times = await rates.times(bucket(engine), MEMORY_MS, now);
      const recent = times.filter((at) => at > now - WINDOW_MS);
      const pauseMs = PAUSES_MS[Math.min(times.length, PAUSES_MS.length) - 1] ?? 0;
      const pauseLeftMs = (times.at(-1) ?? now) + pauseMs - now;
      if (recent.length >= WINDOW_MAX) {
        const windowLeftMs = (recent[0] ?? now) + WINDOW_MS - now;
        throw refused('AUTH_RATE_LIMITED', engine, Math.max(windowLeftMs, pauseLeftMs), {
          limit: WINDOW_MAX,
          window_s: WINDOW_MS / MILLISECONDS_PER_SECOND,
        });
      }
      const facts = { attempts: times.length, pause_s: pauseMs / MILLISECONDS_PER_SECOND };
      if (pauseLeftMs > 0) throw refused('AUTH_COOLDOWN', engine, pauseLeftMs, facts);
      // One more than just seen and no other: of two callers at once, one is too late.
      const taken = await rates.take(bucket(engine), times.length + 1, MEMORY_MS, now);
      if (!taken.ok) throw refused('AUTH_COOLDOWN', engine, MILLISECONDS_PER_SECOND, facts);
      clean.delete(engine);
    },
    succeeded: async (engine) => {
      if (clean.has(engine)) return;
      clean.add(engine);
      await rates.clear(bucket(engine));
    },
  };
}

function refused(
  code: 'AUTH_RATE_LIMITED' | 'AUTH_COOLDOWN',
  engine: EngineName,
  leftMs: number,
  details: Readonly<Record<string, number>>,
): TandemError {
  return new TandemError(code, {
    engine,
    retryAfterSeconds: Math.max(1, Math.ceil(leftMs / MILLISECONDS_PER_SECOND)),
    details,
  });
}
