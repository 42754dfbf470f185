import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { TandemError } from './errors.ts';
import { type Setting, settings } from './settings.ts';

type Settings = typeof settings;

type ValueOf<K extends keyof Settings> = z.output<Settings[K]['schema']>;

/** Settings whose fallback is null may be unset. */
type Nullable =
  | 'publicUrl'
  | 'baileysPort'
  | 'webjsPort'
  | 'webjsExecutable'
  | 'webjsUserAgent'
  | 'token'
  | 'tokenFile'
  | 'timeZone'
  | 'redisUrl'
  | 'baileysUrl'
  | 'webjsUrl'
  | 'engineSecretFile'
  | 'testWaUrl'
  | 'testWaRoot'
  | 'testMediaUrl';

export type SettingValues = {
  readonly [K in keyof Settings]: K extends Nullable ? ValueOf<K> | null : ValueOf<K>;
};

/** A server that stands in for WhatsApp. Null in every real installation. */
export interface TestServer {
  readonly waUrl: string;
  readonly waRootHex: string;
  readonly mediaUrl: string | null;
}

export interface Config
  extends Omit<
    SettingValues,
    'testWaUrl' | 'testWaRoot' | 'testMediaUrl' | 'unsafeTestServer' | 'tokenFile'
  > {
  readonly testServer: TestServer | null;
  /** Settings that came in under another system's name: [used, ours]. The start-up log names them. */
  readonly aliasesUsed: readonly (readonly [string, string])[];
}

/** Environment → one frozen Config. Throws CONFIG_INVALID that names every wrong setting, or INSECURE_LISTENER. */
export function loadConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const problems: { setting: string; problem: string }[] = [];
  const aliasesUsed: (readonly [string, string])[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, known] of Object.entries(settings) as [string, Setting][]) {
    const found = findValue(env, known);
    if (found?.alias) aliasesUsed.push([found.name, known.env]);
    const text = found?.text ?? known.fallback;
    if (text === null) {
      values[key] = null;
      continue;
    }
    const parsed = known.schema.safeParse(text);
    if (parsed.success) values[key] = parsed.data;
    else
      problems.push({
        setting: found?.name ?? known.env,
        problem: parsed.error.issues[0]?.message ?? 'invalid',
      });
  }
  if (problems.length > 0) throw configInvalid(problems);
  const { testWaUrl, testWaRoot, testMediaUrl, unsafeTestServer, tokenFile, ...rest } =
    values as SettingValues;
  const config: Config = {
    ...rest,
    dataDir: resolve(rest.dataDir),
    token: rest.token ?? readToken(tokenFile),
    testServer: testServerOf({ testWaUrl, testWaRoot, testMediaUrl, unsafeTestServer }),
    aliasesUsed,
  };
  if (!isLoopback(config.host) && config.token === null) {
    throw new TandemError('INSECURE_LISTENER', { details: { host: config.host } });
  }
  return Object.freeze(config);
}

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

function findValue(env: Readonly<Record<string, string | undefined>>, known: Setting) {
  for (const name of [known.env, ...known.aliases]) {
    const text = env[name];
    // An empty variable is how compose files say "not set".
    if (text !== undefined && text !== '') return { name, text, alias: name !== known.env };
  }
  return null;
}

function readToken(file: string | null): string | null {
  if (file === null) return null;
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw configInvalid([{ setting: settings.tokenFile.env, problem: 'the file cannot be read' }], cause);
  }
  if (!settings.token.schema.safeParse(text).success) {
    throw configInvalid([
      { setting: settings.tokenFile.env, problem: 'the file holds fewer than 32 characters' },
    ]);
  }
  return text;
}

function testServerOf(
  values: Pick<SettingValues, 'testWaUrl' | 'testWaRoot' | 'testMediaUrl' | 'unsafeTestServer'>,
): TestServer | null {
  const given = [values.testWaUrl, values.testWaRoot, values.testMediaUrl].some((value) => value !== null);
  if (!values.unsafeTestServer) {
    if (!given) return null;
    throw configInvalid([
      {
        setting: settings.testWaUrl.env,
        problem: `accepted only together with ${settings.unsafeTestServer.env}=1`,
      },
    ]);
  }
  if (values.testWaUrl === null || values.testWaRoot === null) {
    throw configInvalid([
      {
        setting: settings.unsafeTestServer.env,
        problem: `needs ${settings.testWaUrl.env} and ${settings.testWaRoot.env} too`,
      },
    ]);
  }
  return {
    waUrl: values.testWaUrl,
    waRootHex: values.testWaRoot.toLowerCase(),
    mediaUrl: values.testMediaUrl,
  };
}

function configInvalid(
  problems: readonly { setting: string; problem: string }[],
  cause?: unknown,
): TandemError {
  return new TandemError('CONFIG_INVALID', {
    message: problems.map((p) => `${p.setting}: ${p.problem}`).join('; '),
    details: { problems },
    cause,
  });
}
