import type { EngineName } from '#engines/contract/capability.ts';
import { readEngineSecret } from '#engines/contract/engine-secret.ts';
import { ENGINE_SECRET_ENV } from '#engines/contract/supervised.ts';
import type { Config } from '#kernel/config.ts';
import { TandemError } from '#kernel/errors.ts';
import { settings } from '#kernel/settings.ts';

/** An engine that this service does not start: where it is and what it asks for. */
export interface Elsewhere {
  /** `http://engine-baileys:8081` */
  readonly baseUrl: string;
  /** The setting that says so; for the words that a person gets. */
  readonly setting: string;
  /** Reads it anew each time, so that a corrected file needs no restart of the service. Throws CONFIG_INVALID. */
  secret(): string;
}

const urlSettings = { baileys: 'baileysUrl', webjs: 'webjsUrl' } as const;

/** Null = the service starts this engine itself. Throws CONFIG_INVALID. */
export function elsewhereOf(engine: EngineName, config: Config, env: NodeJS.ProcessEnv): Elsewhere | null {
  const url = config[urlSettings[engine]];
  if (url === null) return null;
  const setting = settings[urlSettings[engine]].env;
  const secret = () => {
    const found = readEngineSecret(env, config.engineSecretFile);
    if (found !== null) return found;
    throw invalid(
      setting,
      `needs the secret of that engine, in ${settings.engineSecretFile.env} or ${ENGINE_SECRET_ENV}`,
    );
  };
  secret();
  return { baseUrl: originOf(url, setting), setting, secret };
}

/** The contract's paths begin at the root, and a secret has its own place. */
function originOf(url: string, setting: string): string {
  const { origin, pathname, search, hash, username, password } = new URL(url);
  if (pathname === '/' && `${search}${hash}${username}${password}` === '') return origin;
  throw invalid(setting, 'expected protocol, host and port only, for example http://engine-baileys:8081');
}

function invalid(setting: string, problem: string): TandemError {
  return new TandemError('CONFIG_INVALID', {
    message: `${setting}: ${problem}`,
    details: { problems: [{ setting, problem }] },
  });
}
