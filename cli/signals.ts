import { SHUTDOWN_HARD_LIMIT_MS } from '#kernel/limits.ts';
import { exitCodes } from './exit-codes.ts';

export interface StopSignal {
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  readonly stopped: Promise<void>;
  /** Stops listening to signals. */
  dispose(): void;
}

/** One Ctrl-C may arrive twice: npm passes on what the terminal has sent to the whole group already. */
const ECHO_WINDOW_MS = 1_000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The first signal asks for a clean end, the second one ends the process at once, and so does the clock when
 * the clean end takes too long. Engine processes notice the end of their parent by themselves.
 */
export function createStopSignal(onFirst: () => void): StopSignal {
  const controller = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    controller.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  let firstAt = 0;
  const listener = () => {
    if (controller.signal.aborted) {
      if (performance.now() - firstAt > ECHO_WINDOW_MS) process.exit(exitCodes.interrupted);
      return;
    }
    firstAt = performance.now();
    setTimeout(() => process.exit(exitCodes.failed), SHUTDOWN_HARD_LIMIT_MS).unref();
    onFirst();
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, listener);
  return {
    signal: controller.signal,
    stopped,
    dispose: () => {
      for (const name of SIGNALS) process.off(name, listener);
    },
  };
}
