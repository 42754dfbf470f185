import type { EngineName } from '#engines/contract/capability.ts';
import { ENGINE_SECRET_ENV } from '#engines/contract/supervised.ts';
import type { Config } from '#kernel/config.ts';
import { settings } from '#kernel/settings.ts';

/** Secrets of the service that an engine has no use for. */
const NOT_FOR_ENGINES = [settings.token.env, settings.tokenFile.env] as const;

/**
 * The environment of an engine process: that of this process (with NODE_EXTRA_CA_CERTS, proxies, locale),
 * and over it what the configuration says, so that a configuration made by a test reaches the child too.
 */
export function engineEnvironment(
  config: Config,
  engine: EngineName,
  secret: string,
  base: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const { testServer } = config;
  const env: NodeJS.ProcessEnv = {
    ...base,
    [settings.dataDir.env]: config.dataDir,
    [settings.engines.env]: engine,
    // Engines listen for their parent only, whatever address the service itself has.
    [settings.host.env]: '127.0.0.1',
    [settings.baileysPort.env]: String(config.baileysPort ?? 0),
    [settings.logLevel.env]: config.logLevel,
    [settings.baileysLogLevel.env]: config.baileysLogLevel,
    [settings.linkTimeoutSeconds.env]: String(config.linkTimeoutSeconds),
    [settings.readReceipts.env]: config.readReceipts ? 'on' : 'off',
    [settings.unsafeTestServer.env]: testServer === null ? 'off' : 'on',
    [settings.testWaUrl.env]: testServer?.waUrl ?? '',
    [settings.testWaRoot.env]: testServer?.waRootHex ?? '',
    [settings.testMediaUrl.env]: testServer?.mediaUrl ?? '',
    [ENGINE_SECRET_ENV]: secret,
  };
  for (const name of NOT_FOR_ENGINES) delete env[name];
  return env;
}
