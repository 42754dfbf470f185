import { parseArgs } from 'node:util';
import { serveEngine } from '#engines/contract/host.ts';
import {
  ENGINE_SECRET_ENV,
  printFailed,
  printReady,
  SUPERVISED_FLAG,
  watchParent,
} from '#engines/contract/supervised.ts';
import { loadConfig } from '#kernel/config.ts';
import { openDataDir } from '#kernel/data-dir.ts';
import { TandemError, toTandemError } from '#kernel/errors.ts';
import { ENGINE_STOP_GRACE_MS } from '#kernel/limits.ts';
import { createLogger } from '#kernel/logger.ts';
import { classOf } from './page-errors.ts';
import { quietConsole } from './quiet-console.ts';

/** Where a person or a container looks for it when it runs alone. */
const DEFAULT_PORT = 8082;
/** A secret that a person types is guessed. */
const SECRET_MIN_CHARS = 32;

/**
 * `main.mjs [--data-dir DIR] [--port N] [--supervised]`; the rest comes from the environment. Needs the
 * secret in TANDEM_ENGINE_SECRET. Port 0 = any free one, told in the ready line.
 */
async function main(): Promise<void> {
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
    ...(values.port === undefined ? {} : { TANDEM_WEBJS_PORT: values.port }),
  });
  const secret = process.env[ENGINE_SECRET_ENV] ?? '';
  if (secret.length < SECRET_MIN_CHARS) {
    throw new TandemError('CONFIG_INVALID', {
      message: `${ENGINE_SECRET_ENV}: expected at least ${SECRET_MIN_CHARS} characters`,
    });
  }
  // Children and reports of this process have no use for it.
  delete process.env[ENGINE_SECRET_ENV];

  const logger = createLogger({ level: config.logLevel, program: 'webjs' });
  quietConsole();
  const { createWebjsEngine } = await import('./engine.ts');
  const dataDir = openDataDir(config.dataDir);
  const engine = createWebjsEngine({ engineDir: dataDir.engineDir('webjs'), config, logger });
  const host = await serveEngine({
    engine,
    secret,
    port: config.webjsPort ?? DEFAULT_PORT,
    ...(values.host === undefined ? {} : { host: values.host }),
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
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  // The library leaves promises behind when its page goes away. What they say can quote messages.
  const isLeak = (error: unknown) => {
    if (!engine.leaked(error)) return false;
    logger.warn('the library left a failure behind', { error: classOf(error) });
    return true;
  };
  process.on('unhandledRejection', (error) => {
    if (!isLeak(error)) logger.warn('unhandled rejection', { error });
  });
  process.on('uncaughtException', (error) => {
    if (isLeak(error)) return;
    logger.error('uncaught exception', { error });
    stop('uncaughtException');
  });
  if (values.supervised) watchParent(() => stop('parent gone'));

  await engine.start();
  printReady(host.port);
}

main().catch((thrown: unknown) => {
  const error = toTandemError(thrown);
  printFailed(error);
  createLogger({ level: 'error', program: 'webjs' }).error('engine not started', { error });
  process.exit(1);
});
