import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '#kernel/config.ts';
import { TandemError } from '#kernel/errors.ts';
import { createDemoAccount } from '../demo/control.ts';
import { chooseEngines } from '../demo/engines.ts';
import { live } from '../demo/life.ts';
import { playDemo } from '../demo/play.ts';
import { startSimulator } from '../demo/simulator-process.ts';
import { printConnect, printReport, printVerdict } from '../demo/summary.ts';
import { storedKeys, verify } from '../demo/verify.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { createFileLog, createStderrLog, logFileOf } from '../service/log-file.ts';
import { build } from '../service/service.ts';
import { type CommonOptions, environmentOf } from '../settings.ts';
import { createStopSignal } from '../signals.ts';

export interface DemoOptions extends CommonOptions {
  readonly once?: boolean;
  readonly seed?: string;
  readonly verbose?: boolean;
}

const USUAL_PORT = 8080;

/** `tandem demo`: a simulated account, a real service, a tour; then it stays up until Ctrl-C, or checks and ends. */
export async function runDemo(io: Io, options: DemoOptions): Promise<number> {
  const { out } = io;
  const { colours } = out;
  const stop = createStopSignal(() => {
    out.clear();
    out.print('', colours.dim('Stopping …'));
  });
  const closers: (() => Promise<void>)[] = [];
  try {
    out.print(
      `${colours.bold('Tandem demo')} ${colours.dim('· a simulated WhatsApp account on this machine; nothing leaves it')}`,
      '',
    );
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'tandem-demo-')));
    if (options.dataDir === undefined) closers.push(() => rm(dataDir, { recursive: true, force: true }));

    out.live([colours.dim('Starting the simulated account …')], null);
    const simulator = await startSimulator(options.seed);
    closers.push(simulator.stop);
    const account = createDemoAccount(simulator.controlUrl);

    const engines = await chooseEngines({ out, env: io.env, signal: stop.signal });
    const port = options.port ?? (await freePort(options.once === true ? 0 : USUAL_PORT));
    const env = environmentOf(
      io.env,
      { dataDir, port },
      {
        ...simulator.environment,
        ...engines,
        TANDEM_SENDING: 'on',
        TANDEM_TOOLSETS: 'all',
      },
    );
    const config = loadConfig(env);
    const log =
      options.verbose === true
        ? createStderrLog(config.logLevel, 'orchestrator')
        : createFileLog(config.logLevel, 'orchestrator', logFileOf(dataDir));
    const building = await build({ config, log, env });
    closers.push(building.close);
    const service = await building.open();

    const before = await storedKeys(service.history);
    const report = await playDemo({ out, service, account, counts: simulator.counts, signal: stop.signal });
    printReport(out, report);
    if (options.once === true) {
      const verdict = await verify(service.history, account.everyMessage(), before);
      printVerdict(out, verdict);
      return verdict.ok ? exitCodes.ok : exitCodes.failed;
    }
    printConnect(out, service);
    out.print(
      '',
      `Status page  ${colours.cyan(service.url)}`,
      '',
      colours.dim('Messages keep arriving. Ctrl-C ends the demo.'),
    );
    live(account, stop.signal).catch((thrown: unknown) => {
      log.logger.warn('the simulated account fell silent', { error: thrown });
    });
    await stop.stopped;
    return exitCodes.ok;
  } catch (thrown) {
    if (stop.signal.aborted) return exitCodes.interrupted;
    throw thrown;
  } finally {
    out.clear();
    for (const close of closers.reverse()) await close();
    if (stop.signal.aborted)
      out.print(options.dataDir === undefined ? 'Stopped. Nothing is left behind.' : 'Stopped.');
    stop.dispose();
  }
}

/** The usual port when it is free, so that addresses in documents fit; else any. */
async function freePort(wanted: number): Promise<string> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen(wanted, '127.0.0.1', resolve);
    });
    return String(wanted);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === undefined)
      throw new TandemError('INTERNAL_ERROR', { cause });
    return '0';
  } finally {
    probe.close();
  }
}
