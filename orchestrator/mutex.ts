/** Runs actions one after the other, in the order in which they asked. */
export interface Mutex {
  run<T>(action: () => Promise<T>): Promise<T>;
}

export function createMutex(): Mutex {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: (action) => {
      const next = last.then(action, action);
      last = next.catch(() => undefined);
      return next;
    },
  };
}
