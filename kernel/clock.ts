/** Time as a dependency, so that tests can fix it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** The same, but never set back or forward by anybody while the process runs. Absent = `now` is as steady. */
  steady?(): number;
}

export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  steady: () => performance.timeOrigin + performance.now(),
});

/** Seconds since 1970, the unit of WhatsApp's own timestamps. */
export function nowSeconds(clock: Clock): number {
  return Math.floor(clock.now() / 1_000);
}

/** A clock for tests: stands still until it is moved. */
export function createFixedClock(startMs: number): Clock & { advance(ms: number): void } {
  let at = startMs;
  return {
    now: () => at,
    advance: (ms) => {
      at += ms;
    },
  };
}
