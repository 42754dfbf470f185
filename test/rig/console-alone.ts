import { listen } from '#cli/service/listener.ts';
import type { ConsolePorts } from '#console/ports.ts';
import { createTestConsole } from '#console/testing/app.ts';
import { hostAndOriginGuard } from '#mcp/transports/guards.ts';

export interface ConsoleAlone {
  readonly url: string;
  close(): Promise<void>;
}

export interface ConsoleAloneOptions {
  readonly token?: string;
  readonly ports?: Partial<ConsolePorts>;
}

/** The console without an account behind it, but on a real port and behind the real checks of Host and Origin. */
export async function startConsoleAlone({
  token = '',
  ports = {},
}: ConsoleAloneOptions): Promise<ConsoleAlone> {
  const host = '127.0.0.1';
  const guard = hostAndOriginGuard({ host, allowedHosts: [], allowedOrigins: [] });
  const built = createTestConsole(ports, { token: token === '' ? null : token, guard });
  const listener = await listen(built.app, host, 0);
  return {
    url: listener.url,
    close: async () => {
      built.close();
      await listener.close();
    },
  };
}
