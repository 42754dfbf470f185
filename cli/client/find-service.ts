import { join } from 'node:path';
import type { Config } from '#kernel/config.ts';
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
