import type { EngineName } from '#engines/contract/capability.ts';
import { ENGINE_SECRET_ENV } from '#engines/contract/supervised.ts';
import type { Config } from '#kernel/config.ts';
import { settings } from '#kernel/settings.ts';

type Value = string | number | boolean | readonly string[] | null;

/** What every engine needs. */
function common(config: Config, engine: EngineName): Readonly<Record<string, Value>> {
  const { testServer } = config;
  return {
    [settings.dataDir.env]: config.dataDir,
    [settings.engines.env]: engine,
    // Engines listen for their parent only, whatever address the service itself has.
    [settings.host.env]: '127.0.0.1',
    [settings.logLevel.env]: config.logLevel,
    [settings.linkTimeoutSeconds.env]: config.linkTimeoutSeconds,
    [settings.readReceipts.env]: config.readReceipts,
    [settings.historyWaitMs.env]: config.historyWaitMs,
    [settings.unsafeTestServer.env]: testServer !== null,
    [settings.testWaUrl.env]: testServer?.waUrl ?? null,
    [settings.testWaRoot.env]: testServer?.waRootHex ?? null,
    [settings.testMediaUrl.env]: testServer?.mediaUrl ?? null,
  };
}

/** What only this engine needs. */
const own: Readonly<Record<EngineName, (config: Config) => Readonly<Record<string, Value>>>> = {
  baileys: (config) => ({
    [settings.baileysPort.env]: config.baileysPort ?? 0,
    [settings.baileysLogLevel.env]: config.baileysLogLevel,
  }),
  webjs: (config) => ({
    [settings.webjsPort.env]: config.webjsPort ?? 0,
    [settings.webjsExecutable.env]: config.webjsExecutable,
    [settings.webjsArgs.env]: config.webjsArgs,
    [settings.webjsHeadless.env]: config.webjsHeadless,
    [settings.webjsSandbox.env]: config.webjsSandbox,
    [settings.webjsUserAgent.env]: config.webjsUserAgent,
    [settings.webjsReadyTimeoutMs.env]: config.webjsReadyTimeoutMs,
    [settings.webjsCallTimeoutMs.env]: config.webjsCallTimeoutMs,
    [settings.webjsHeartbeatMs.env]: config.webjsHeartbeatMs,
  }),
};

/** Every name under which a setting of Tandem can stand in an environment. */
const SETTING_NAMES: ReadonlySet<string> = new Set(
  Object.values(settings).flatMap(({ env, aliases }) => [env, ...aliases]),
);
const OURS = /^TANDEM_/;

/**
 * The environment of an engine process: that of this process (with NODE_EXTRA_CA_CERTS, proxies, locale) without any
 * setting of Tandem, and over it what this engine needs of the configuration. So a configuration made by a test
 * reaches the child too, and neither the secrets of the service nor the settings of the other engine do.
 */
export function engineEnvironment(
  config: Config,
  engine: EngineName,
  secret: string,
  base: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(base)) {
    if (!SETTING_NAMES.has(name) && !OURS.test(name)) env[name] = value;
  }
  for (const [name, value] of Object.entries({ ...common(config, engine), ...own[engine](config) })) {
    if (value !== null) env[name] = textOf(value);
  }
  env[ENGINE_SECRET_ENV] = secret;
  return env;
}

function textOf(value: string | number | boolean | readonly string[]): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
