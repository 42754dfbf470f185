/**
 * The Signal library prints sessions, private keys included, to the console. Import this before Baileys:
 * whatever prints an object that looks like a session is dropped.
 */

const LEAKY = /session|ratchet|prekey|decrypt|chain/i;

for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
  const original = console[method].bind(console);
  console[method] = (...parts: unknown[]) => {
    if (typeof parts[0] === 'string' && LEAKY.test(parts[0])) return;
    if (parts.some((part) => typeof part === 'object' && part !== null && '_chains' in part)) return;
    original(...parts);
  };
}
