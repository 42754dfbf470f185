import { createFixedClock } from '#kernel/clock.ts';
import { createLogger } from '#kernel/logger.ts';
import { type Console, type ConsoleDeps, createConsole } from '../console.ts';
import type { ConsolePorts } from '../ports.ts';
import { NOW_MS } from './facts.ts';
import { quietPorts } from './ports.ts';

/** The console over these ports; asked with `app.request`, so without the checks of Host and Origin. */
export function createTestConsole(
  ports: Partial<ConsolePorts> = {},
  change: Partial<ConsoleDeps> = {},
): Console {
  return createConsole({
    ports: quietPorts(ports),
    facts: {
      version: '0.1.0',
      pid: 1,
      startedAtMs: NOW_MS - 3_600_000,
      sending: false,
      testServer: false,
      mcpUrl: 'http://127.0.0.1:8080/mcp',
    },
    clock: createFixedClock(NOW_MS),
    log: createLogger({ level: 'silent', program: 'test' }),
    token: null,
    guard: async (_context, next) => next(),
    ...change,
  });
}

/** A change as the page and the command line ask for it. */
export const post = (body: unknown, headers: Record<string, string> = { 'x-tandem-console': '1' }) => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers,
});
