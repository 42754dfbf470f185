export interface ChangeWait {
  readonly onChange: (listener: () => void) => () => void;
  readonly done: () => Promise<boolean>;
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Looks now and after every change, until it is done or the time is up; says whether it was. Throws when aborted. */
export async function waitForChange({ onChange, done, waitMs, signal }: ChangeWait): Promise<boolean> {
  const until = performance.now() + waitMs;
  for (;;) {
    // Listens before it looks, so that no change falls in between.
    const change = nextChange(onChange, signal);
    try {
      if (await done()) return true;
      const leftMs = until - performance.now();
      if (leftMs <= 0) return false;
      await change.within(leftMs);
    } finally {
      change.stop();
    }
    signal?.throwIfAborted();
  }
}

function nextChange(onChange: ChangeWait['onChange'], signal: AbortSignal | undefined) {
  const over = Promise.withResolvers<void>();
  const stop = onChange(over.resolve);
  signal?.addEventListener('abort', () => over.resolve(), { once: true });
  let timer: NodeJS.Timeout | undefined;
  return {
    within: (ms: number) => {
      timer = setTimeout(over.resolve, ms);
      return over.promise;
    },
    stop: () => {
      clearTimeout(timer);
      stop();
    },
  };
}
