import { parseArgs } from 'node:util';
import { type Config, loadConfig } from '#kernel/config.ts';
import { keepFilesPrivate, openDataDir } from '#kernel/data-dir.ts';
import { TandemError, toTandemError } from '#kernel/errors.ts';
import { ENGINE_STOP_GRACE_MS } from '#kernel/limits.ts';
import { createLogger, type Logger } from '#kernel/logger.ts';
import { settings } from '#kernel/settings.ts';
import type { EngineName } from '../capability.ts';
import type { Engine } from '../engine.ts';
import { readEngineSecret } from '../engine-secret.ts';
import { serveEngine } from '../host.ts';
import { ENGINE_SECRET_ENV, printFailed, printReady, SUPERVISED_FLAG, watchParent } from '../supervised.ts';
import { quietConsole } from './quiet-console.ts';

export interface EngineProgram<E extends Engine> {
  readonly name: EngineName;
  /** Where a person or a container looks for it when it runs alone. */
  readonly defaultPort: number;
  /** Loads the engine with its library; called once the console is quiet, so import nothing of it before. */
  load(): Promise<(options: EngineOptions) => E>;
  /** A failure that nobody awaited; true when the engine has taken care of it. Without this none is. */
  takesCareOf?(engine: E, error: unknown, logger: Logger): boolean;
}

export interface EngineOptions {
  readonly engineDir: string;
  readonly config: Config;
  readonly logger: Logger;
}

/**
 * An engine as a process: `main.mjs [--data-dir DIR] [--port N] [--host ADDRESS] [--supervised]`; the rest comes from the
 * environment. Needs the secret in TANDEM_ENGINE_SECRET or TANDEM_ENGINE_SECRET_FILE. Port 0 = any free one, told in the
 * ready line. Ends the process with 1 when the engine cannot start. Without a supervisor it also ends when the service asks
 * for a restart: what runs it (a container's restart policy) starts it again.
 */
export function runEngine<E extends Engine>(program: EngineProgram<E>): void {
  run(program).catch((thrown: unknown) => {
    const error = toTandemError(thrown);
    printFailed(error);
    createLogger({ level: 'error', program: program.name }).error('engine not started', { error });
    process.exit(1);
  });
}

async function run<E extends Engine>({ name, defaultPort, load, takesCareOf }: EngineProgram<E>) {
  keepFilesPrivate();
  const { values } = parseArgs({
    options: {
      'data-dir': { type: 'string' },
      port: { type: 'string' },
      host: { type: 'string' },
      [SUPERVISED_FLAG.slice(2)]: { type: 'boolean', default: false },
    },
  });
  const config = loadConfig({
    ...process.env,
    ...(values['data-dir'] === undefined ? {} : { TANDEM_DATA_DIR: values['data-dir'] }),
    ...(values.port === undefined ? {} : { [`TANDEM_${name.toUpperCase()}_PORT`]: values.port }),
  });
  const secret = takeSecret(config);
  const logger = createLogger({ level: config.logLevel, program: name });
  quietConsole();
  const createEngine = await load();
  const engineDir = openDataDir(config.dataDir).engineDir(name);
  const engine = createEngine({ engineDir, config, logger });
  const host = await serveEngine({
    engine,
    secret,
    port: config[`${name}Port`] ?? defaultPort,
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(values.supervised ? {} : { onExit: () => stop('the service asked for a restart') }),
    logger,
  });

  let stopping = false;
  const stop = (why: string) => {
    if (stopping) return;
    stopping = true;
    logger.info('engine stops', { why });
    setTimeout(() => process.exit(1), ENGINE_STOP_GRACE_MS - 500).unref();
    host
      .close()
      .then(() => engine.close())
      .then(() => process.exit(0))
      .catch((error: unknown) => {
        logger.error('engine did not stop cleanly', { error });
        process.exit(1);
      });
  };
  const isTakenCareOf = (error: unknown) => takesCareOf?.(engine, error, logger) ?? false;
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  // Libraries leave promises behind when their connection dies; the session has its own view of that.
  process.on('unhandledRejection', (error) => {
    if (!isTakenCareOf(error)) logger.warn('unhandled rejection', { error });
  });
  process.on('uncaughtException', (error) => {
    if (isTakenCareOf(error)) return;
    logger.error('uncaught exception', { error });
    stop('uncaughtException');
  });
  if (values.supervised) watchParent(() => stop('parent gone'));

  await engine.start();
  printReady(host.port);
}

/** Throws CONFIG_INVALID. Afterwards children and reports of this process cannot find it: they have no use for it. */
function takeSecret({ engineSecretFile }: Config): string {
  const secret = readEngineSecret(process.env, engineSecretFile);
  if (secret === null) {
    throw new TandemError('CONFIG_INVALID', {
      message: `${ENGINE_SECRET_ENV} or ${settings.engineSecretFile.env}: the secret shared with the service is missing`,
    });
  }
  delete process.env[ENGINE_SECRET_ENV];
  return secret;
}
