export interface Deadline {
  /** Aborted when the caller's own signal is, or when time is up. */
  readonly signal: AbortSignal;
  /** The work's outcome, or the overdue error once the signal is aborted, whichever comes first. */
  race<T>(work: Promise<T>, overdue: () => Error): Promise<T>;
  clear(): void;
}

/** Bounds work that may not listen to its signal. */
export function createDeadline(outer: AbortSignal, ms: number): Deadline {
  const inner = new AbortController();
  const abort = () => inner.abort();
  const timer = setTimeout(abort, ms);
  if (outer.aborted) abort();
  else outer.addEventListener('abort', abort, { once: true });
  return {
    signal: inner.signal,
    race: (work, overdue) =>
      new Promise((resolve, reject) => {
        const giveUp = () => reject(overdue());
        if (inner.signal.aborted) giveUp();
        else inner.signal.addEventListener('abort', giveUp, { once: true });
        // Also what the work ends with after the race is heard, so that nothing goes unhandled.
        work.then(resolve, reject);
      }),
    clear: () => {
      clearTimeout(timer);
      outer.removeEventListener('abort', abort);
    },
  };
}
