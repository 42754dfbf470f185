/** Times of the queue; tests shorten them. */
export interface QueueTiming {
  /** How long a turn may be out of touch with the store before others take it over. Renewed at half of it. */
  readonly lockMs: number;
  /** How often workers look for turns whose lock ran out. */
  readonly stalledCheckMs: number;
  /** How often Redis is asked whether it still holds what it held. */
  readonly heartbeatMs: number;
  /** How long running turns may take to yield at the end; below the hard limit of the whole service. */
  readonly closeGraceMs: number;
}

export const standardTiming: QueueTiming = Object.freeze({
  // Longer than a restart of Redis: a shorter lock has a turn run twice and then fail for it.
  lockMs: 90_000,
  stalledCheckMs: 30_000,
  heartbeatMs: 15_000,
  closeGraceMs: 6_000,
});
