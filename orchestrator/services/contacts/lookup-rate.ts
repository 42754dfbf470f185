import { TandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { ServiceContext } from '../context.ts';

/** Looking up many strangers is what scrapers do, and WhatsApp bans them: two a second at most, as people would. */
const LOOKUPS_PER_MINUTE = 120;
const MINUTE_MS = 60_000;
const BUCKET = 'lookup';

/** Takes so many look-ups of strangers, or none. Throws RATE_LIMITED with the time after which all of them fit. */
export async function takeLookups(
  { history, clock }: Pick<ServiceContext, 'history' | 'clock'>,
  count: number,
): Promise<void> {
  const now = clock.now();
  const times = await history.rates.times(BUCKET, MINUTE_MS, now);
  const surplus = times.length + count - LOOKUPS_PER_MINUTE;
  const freeAt = surplus > 0 ? (times[surplus - 1] ?? now) + MINUTE_MS : null;
  if (freeAt !== null) throw tooMany(freeAt - now);
  for (let n = 0; n < count; n += 1) {
    const rate = await history.rates.take(BUCKET, LOOKUPS_PER_MINUTE, MINUTE_MS, now);
    if (!rate.ok) throw tooMany(rate.retryAfterMs);
  }
}

function tooMany(waitMs: number): TandemError {
  return new TandemError('RATE_LIMITED', {
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / MILLISECONDS_PER_SECOND)),
    details: { limit: LOOKUPS_PER_MINUTE, per: 'minute', of: 'look-ups' },
  });
}
