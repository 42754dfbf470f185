/** One change a second is enough for a reader that polls no faster, and spares it a storm while history streams in. */
const CHANGES_MIN_GAP_MS = 1_000;

/** Passes changes on, at most one a second; the last one is never lost. Stops with `stop`. */
export function throttled(changed: () => void): { readonly poke: () => void; readonly stop: () => void } {
  let timer: NodeJS.Timeout | null = null;
  return {
    poke: () => {
      timer ??= setTimeout(() => {
        timer = null;
        changed();
      }, CHANGES_MIN_GAP_MS).unref();
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
