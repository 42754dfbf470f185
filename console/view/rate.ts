/** Average growth of a counter over a sliding window. */
export interface RateMeter {
  /** Records the counter's value now and returns its growth a second. */
  sample(value: number, nowMs: number): number;
}

/** Long enough to smooth batches, short enough to fall to zero while one watches. */
const WINDOW_MS = 8_000;

export function createRateMeter(windowMs = WINDOW_MS): RateMeter {
  const samples: { readonly value: number; readonly atMs: number }[] = [];
  return {
    sample: (value, nowMs) => {
      samples.push({ value, atMs: nowMs });
      while (samples.length > 2 && (samples[0]?.atMs ?? nowMs) < nowMs - windowMs) samples.shift();
      const first = samples[0];
      if (first === undefined || nowMs - first.atMs < 500) return 0;
      return Math.max(0, (value - first.value) / ((nowMs - first.atMs) / 1_000));
    },
  };
}
