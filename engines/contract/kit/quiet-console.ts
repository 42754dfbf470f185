const METHODS = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'] as const;

export interface QuietConsole {
  /** Lines swallowed so far. */
  count(): number;
  restore(): void;
}

/**
 * Swallows everything written to the console from here on. Must run before an engine's library is imported, so this file
 * imports nothing: libsignal prints whole sessions, private keys included, with console.info and console.warn, and
 * whatsapp-web.js quotes what it was given. Engines log through kernel/logger, so nothing of value is lost.
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
