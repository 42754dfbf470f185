import type { Clock } from '#kernel/clock.ts';
import type { ToolProgress } from './tool.ts';

/** Clients show progress to people; more often than this only costs. */
const PROGRESS_INTERVAL_MS = 1_000;

export interface ProgressGate {
  report(step: ToolProgress): void;
  /** Sends the step that the pace held back, if any; to be called before the result goes out. */
  flush(): void;
}

/** The protocol wants strictly increasing progress, and clients want it seldom. */
export function createProgressGate(send: (step: ToolProgress) => void, clock: Clock): ProgressGate {
  let lastDone = -1;
  let lastSentAt = Number.NEGATIVE_INFINITY;
  let held: ToolProgress | null = null;
  const pass = (step: ToolProgress) => {
    if (step.done <= lastDone) return;
    lastDone = step.done;
    lastSentAt = clock.now();
    held = null;
    send(step);
  };
  return {
    report: (step) => {
      if (clock.now() - lastSentAt >= PROGRESS_INTERVAL_MS) pass(step);
      else held = step;
    },
    flush: () => {
      if (held !== null) pass(held);
    },
  };
}
