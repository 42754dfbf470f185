const METHODS = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'] as const;

export interface QuietConsole {
  /** Lines swallowed so far. */
  count(): number;
  restore(): void;
}

/**
 * Swallows everything written to the console from here on. Must run before Baileys is imported: libsignal
 * prints whole sessions, private keys included, with console.info and console.warn. The engine itself
 * logs through kernel/logger, so nothing of value is lost.
 */
export function quietConsole(target: Console = console): QuietConsole {
  let swallowed = 0;
  const originals = METHODS.map((method) => [method, target[method]] as const);
  for (const method of METHODS) {
    target[method] = () => {
      swallowed += 1;
    };
  }
  return {
    count: () => swallowed,
    restore: () => {
      for (const [method, original] of originals) target[method] = original;
    },
  };
}
