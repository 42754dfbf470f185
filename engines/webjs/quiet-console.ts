const METHODS = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'] as const;

export interface QuietConsole {
  /** Lines swallowed so far. */
  count(): number;
  restore(): void;
}

/**
 * Swallows everything written to the console from here on: the library warns there, and quotes what it was given. The
 * engine itself logs through kernel/logger.
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
