import { type EngineName, engineNameSchema } from '#engines/contract/capability.ts';
import type { Config } from '#kernel/config.ts';
import { TandemError } from '#kernel/errors.ts';
import { findService } from '../client/find-service.ts';
import { createServiceClient, type ServiceClient } from '../client/service-client.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { createServiceLog } from '../service/log-file.ts';
import { type CommonOptions, configOf, environmentOf } from '../settings.ts';
import { createStopSignal } from '../signals.ts';
import { linkEngines } from '../story/link-engines.ts';

export interface LinkOptions extends CommonOptions {
  readonly phone?: string;
  readonly engine?: string;
  readonly json?: boolean;
}

/** `tandem link`: through the running service, or one that runs for as long as the linking takes. */
export async function runLink(io: Io, options: LinkOptions): Promise<number> {
  const config = configOf(io.env, options);
  const engine = chosenEngine(config, options.engine);
  const stop = createStopSignal(() => io.out.clear());
  const link = (client: ServiceClient) =>
    linkEngines({
      io,
      client,
      engine,
      phone: options.phone ?? null,
      json: options.json === true,
      signal: stop.signal,
    });
  try {
    const running = await findService(config);
    if (running !== null) return await link(createServiceClient(running));
    if (options.phone !== undefined) {
      const { readPhone } = await import('#orchestrator/services/resolve/phone.ts');
      readPhone(options.phone, 'phone_number', { strict: true });
    }
    // Loaded only here: with a running service this command needs none of it.
    const { build } = await import('../service/service.ts');
    const log = createServiceLog({
      level: config.logLevel,
      program: 'orchestrator',
      dataDir: config.dataDir,
      toStderr: false,
    });
    const building = await build({ config, log, env: environmentOf(io.env, options) });
    try {
      const service = await building.open();
      const code = await link(createServiceClient({ url: service.url, token: config.token }));
      if (code === exitCodes.ok && options.json !== true) {
        io.out.print('Start the service with `tandem up`; it takes in the history.');
      }
      return code;
    } finally {
      await building.close();
    }
  } finally {
    stop.dispose();
  }
}

/** Null = all of them. */
function chosenEngine(config: Config, text: string | undefined): EngineName | null {
  if (text === undefined || text === 'all') return null;
  const engine = engineNameSchema.safeParse(text);
  if (engine.success && config.engines.includes(engine.data)) return engine.data;
  const known = [...config.engines, 'all'].join(', ');
  throw new TandemError('VALIDATION_ERROR', {
    message: `There is no engine ${text} here.`,
    hint: `Choose one of ${known}; which engines run is TANDEM_ENGINES.`,
  });
}
