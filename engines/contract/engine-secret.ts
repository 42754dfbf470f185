import { readFileSync } from 'node:fs';
import { TandemError } from '#kernel/errors.ts';
import { settings } from '#kernel/settings.ts';
import { ENGINE_SECRET_ENV } from './supervised.ts';

/** A secret that a person types is guessed. */
const SECRET_MIN_CHARS = 32;

/**
 * The secret that a service and its engines share: TANDEM_ENGINE_SECRET, else what TANDEM_ENGINE_SECRET_FILE holds. Null when
 * neither is set. Throws CONFIG_INVALID.
 */
export function readEngineSecret(env: NodeJS.ProcessEnv, file: string | null): string | null {
  const text = env[ENGINE_SECRET_ENV];
  // An empty variable is how compose files say "not set".
  if (text !== undefined && text !== '') return checked(ENGINE_SECRET_ENV, text);
  return file === null ? null : checked(settings.engineSecretFile.env, read(file));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw invalid(settings.engineSecretFile.env, 'the file cannot be read', cause);
  }
}

function checked(setting: string, secret: string): string {
  if (secret.length >= SECRET_MIN_CHARS) return secret;
  throw invalid(setting, `expected at least ${SECRET_MIN_CHARS} characters`);
}

function invalid(setting: string, problem: string, cause?: unknown): TandemError {
  return new TandemError('CONFIG_INVALID', {
    message: `${setting}: ${problem}`,
    details: { problems: [{ setting, problem }] },
    cause,
  });
}
