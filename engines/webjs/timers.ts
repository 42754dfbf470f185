/** Named timers, of each name one at most. */
export interface Timers {
  /** Replaces the one of that name. */
  set(name: string, ms: number, act: () => void): void;
  stop(name: string): void;
  runs(name: string): boolean;
  clear(): void;
}

export function createTimers(): Timers {
  const running = new Map<string, NodeJS.Timeout>();
  const stop = (name: string) => {
    clearTimeout(running.get(name));
    running.delete(name);
  };
  return {
    set: (name, ms, act) => {
      stop(name);
      const timer = setTimeout(() => {
        running.delete(name);
        act();
      }, ms);
      running.set(name, timer);
    },
    stop,
    runs: (name) => running.has(name),
    clear: () => {
      for (const name of [...running.keys()]) stop(name);
    },
  };
}
