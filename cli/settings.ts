import { type Config, loadConfig } from '#kernel/config.ts';
import { settings } from '#kernel/settings.ts';

export interface CommonOptions {
  readonly dataDir?: string;
  readonly port?: string;
}

/** The environment of a command: what the user's shell says, and over it what the command line says. */
export function environmentOf(
  env: NodeJS.ProcessEnv,
  options: CommonOptions,
  more: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  return {
    ...env,
    ...more,
    ...(options.dataDir === undefined ? {} : { [settings.dataDir.env]: options.dataDir }),
    ...(options.port === undefined ? {} : { [settings.port.env]: options.port }),
  };
}

/** Throws CONFIG_INVALID, INSECURE_LISTENER. */
export function configOf(env: NodeJS.ProcessEnv, options: CommonOptions): Config {
  return loadConfig(environmentOf(env, options));
}
