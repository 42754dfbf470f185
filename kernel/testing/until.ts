import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;

/** Looks again until there is something. Throws naming what was waited for. */
export async function until<T>(
  look: () => Promise<T | false | null | undefined> | T | false | null | undefined,
  what: string | (() => string),
  limitMs = 20_000,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > end)
      throw new Error(`no ${typeof what === 'string' ? what : what()} within ${limitMs} ms`);
    await sleep(LOOK_EVERY_MS);
  }
}
