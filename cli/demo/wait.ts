import { setTimeout as sleep } from 'node:timers/promises';
import { TandemError } from '#kernel/errors.ts';

const LOOK_EVERY_MS = 100;

export interface Wait {
  readonly signal: AbortSignal;
  readonly limitMs: number;
}

/** Looks again until it is true. False when the time ran out; throws SHUTTING_DOWN when aborted. */
export async function waitUntil(look: () => boolean | Promise<boolean>, wait: Wait): Promise<boolean> {
  const end = performance.now() + wait.limitMs;
  for (;;) {
    if (wait.signal.aborted) throw new TandemError('SHUTTING_DOWN');
    if (await look()) return true;
    if (performance.now() > end) return false;
    await sleep(LOOK_EVERY_MS, undefined, { signal: wait.signal }).catch(() => undefined);
  }
}
