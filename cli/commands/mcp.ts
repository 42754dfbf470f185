import { createLogger } from '#kernel/logger.ts';
import { runStdioBridge } from '#mcp/transports/stdio-bridge.ts';
import { serviceFileOf } from '../client/find-service.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { startInBackground } from '../service/background.ts';
import { type CommonOptions, configOf, environmentOf } from '../settings.ts';

/** `tandem mcp`: standard output belongs to the protocol, everything else goes to stderr. */
export async function runMcp(io: Io, options: CommonOptions): Promise<number> {
  const config = configOf(io.env, options);
  await runStdioBridge({
    serviceFile: serviceFileOf(config),
    startService: () => startInBackground(config, environmentOf(io.env, options)),
    input: process.stdin,
    output: process.stdout,
    logger: createLogger({ level: config.logLevel, program: 'bridge' }),
  });
  return exitCodes.ok;
}
