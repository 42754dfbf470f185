/** Looks a few times within the idle time, and not more often than this. */
const LOOKS_PER_IDLE_TIME = 4;
const LOOK_AT_LEAST_EVERY_MS = 30_000;

/** A wake-up that failed is tried again after this. */
const WAKE_AGAIN_MS = 60_000;

export interface IdleWatch {
  /** Something happened. */
  used(): void;
  /** Something begins; the answer says that it ended. */
  using(): () => void;
  stop(): void;
}

export interface IdleWatchOptions {
  readonly idleStopMs: number;
  readonly isAwake: () => boolean;
  /** Work is waiting or runs. */
  readonly isBusy: () => Promise<boolean>;
  /** When the next delayed job wants to run; null = none. */
  readonly nextDueAtMs: () => number | null;
  readonly sleep: () => Promise<void>;
  readonly wake: () => Promise<void>;
}

/** Puts an idle store to sleep, and wakes it when a delayed job is due. */
export function createIdleWatch(options: IdleWatchOptions): IdleWatch {
  let users = 0;
  let marks = 0;
  // Steady: a clock that is set back must not keep the store awake for hours.
  let usedAtMs = performance.now();
  let wakeAfterMs = 0;
  const timer = setInterval(
    () => void look().catch(() => undefined),
    Math.min(LOOK_AT_LEAST_EVERY_MS, Math.ceil(options.idleStopMs / LOOKS_PER_IDLE_TIME)),
  ).unref();

  function used(): void {
    marks += 1;
    usedAtMs = performance.now();
  }

  async function look(): Promise<void> {
    if (!options.isAwake()) return wakeWhenDue();
    if (users > 0 || performance.now() - usedAtMs < options.idleStopMs) return;
    const before = marks;
    if (await options.isBusy()) return used();
    // Asking took a moment, in which somebody may have come.
    if (users === 0 && marks === before && options.isAwake() && !isDueSoon()) await options.sleep();
  }

  function isDueSoon(): boolean {
    const dueAtMs = options.nextDueAtMs();
    return dueAtMs !== null && dueAtMs - Date.now() < options.idleStopMs;
  }

  async function wakeWhenDue(): Promise<void> {
    // Half the idle time early: between two looks, and with time to start.
    const dueAtMs = options.nextDueAtMs();
    if (dueAtMs === null || dueAtMs - Date.now() > options.idleStopMs / 2 || performance.now() < wakeAfterMs)
      return;
    wakeAfterMs = performance.now() + WAKE_AGAIN_MS;
    used();
    await options.wake();
    wakeAfterMs = 0;
  }

  return {
    used,
    using() {
      users += 1;
      used();
      return () => {
        users -= 1;
        used();
      };
    },
    stop: () => clearInterval(timer),
  };
}
