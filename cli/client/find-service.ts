import { join } from 'node:path';
import type { Config } from '#kernel/config.ts';
import { TandemError } from '#kernel/errors.ts';
import { createLogger } from '#kernel/logger.ts';
import { SERVICE_FILE_NAME, type ServiceInfo } from '#kernel/service-file.ts';
import { createServiceConnection } from '#mcp/transports/bridge/service-connection.ts';

export function serviceFileOf(config: Pick<Config, 'dataDir'>): string {
  return join(config.dataDir, SERVICE_FILE_NAME);
}

/** The service of this data directory, when it answers; null when none runs. */
export function findService(config: Pick<Config, 'dataDir'>): Promise<ServiceInfo | null> {
  const connection = createServiceConnection({
    serviceFile: serviceFileOf(config),
    startService: () => undefined,
    logger: createLogger({ level: 'silent', program: 'cli' }),
  });
  return connection.peek();
}

/** The same, where a command cannot do without it. Throws NOT_RUNNING, which names the folder that was looked at. */
export async function requireService(
  config: Pick<Config, 'dataDir'>,
  hint = 'Start it with `tandem up`.',
): Promise<ServiceInfo> {
  const service = await findService(config);
  if (service !== null) return service;
  throw new TandemError('NOT_RUNNING', {
    message: `No Tandem service is running for the data directory ${config.dataDir}.`,
    hint: `${hint} One that runs on another folder, the demo for example, is named with --data-dir.`,
  });
}
