/** How many things happened a second, averaged over a sliding window. */
export interface RateMeter {
  add(count: number, nowMs: number): void;
  perSecond(nowMs: number): number;
}

/** Long enough to smooth batches, short enough to fall to zero while one watches. */
const WINDOW_MS = 5_000;

export function createRateMeter(windowMs = WINDOW_MS): RateMeter {
  const events: { readonly count: number; readonly atMs: number }[] = [];
  return {
    add: (count, nowMs) => {
      // Somebody may add for days without ever asking.
      while ((events[0]?.atMs ?? nowMs) <= nowMs - windowMs) events.shift();
      if (count > 0) events.push({ count, atMs: nowMs });
    },
    perSecond: (nowMs) => {
      const recent = events.filter((event) => event.atMs > nowMs - windowMs);
      return recent.reduce((sum, event) => sum + event.count, 0) / (windowMs / 1_000);
    },
  };
}
