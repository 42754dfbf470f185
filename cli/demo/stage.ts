import { createServer } from 'node:net';
import { loadConfig } from '#kernel/config.ts';
import { TandemError } from '#kernel/errors.ts';
import type { Io } from '../io.ts';
import type { Terminal } from '../render/terminal.ts';
import { createServiceLog, type ServiceLog } from '../service/log-file.ts';
import { build, type RunningService } from '../service/service.ts';
import { type CommonOptions, environmentOf } from '../settings.ts';
import { createDemoAccount, type DemoAccount } from './control.ts';
import { openDemoFolder } from './demo-folder.ts';
import { chooseEngines } from './engines.ts';
import { requireSimulator, type SimulatorProcess, startSimulator } from './simulator-process.ts';

export interface StageOptions extends CommonOptions {
  readonly seed?: string;
  readonly verbose?: boolean;
}

/** A simulated account and a real service on it. */
export interface DemoStage {
  readonly out: Terminal;
  readonly service: RunningService;
  readonly account: DemoAccount;
  readonly counts: SimulatorProcess['counts'];
  readonly log: ServiceLog;
  readonly signal: AbortSignal;
  /** Ends service and account, in this order; to be called once. */
  close(): Promise<void>;
}

export interface StageDeps {
  readonly io: Io;
  readonly options: StageOptions;
  /** Zero = any free port; otherwise the wanted one when it is free. */
  readonly port: number;
  /** Settings beside those that point to the account. */
  readonly settings: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** The simulated phone minds no hurry; a real one gets the gentle pace of the defaults. */
const BRISK_HISTORY: Readonly<Record<string, string>> = {
  TANDEM_HISTORY_DELAY_MS: '0',
  TANDEM_HISTORY_PARALLEL: '8',
};

/** Starts everything; what was started is ended again when a later part fails. */
export async function openStage({ io, options, port, settings, signal }: StageDeps): Promise<DemoStage> {
  const { out } = io;
  requireSimulator();
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const dataDir = options.dataDir ?? (await ownFolder(closers));
    const engines = await chooseEngines({ out, env: io.env, signal });
    if (signal.aborted) throw new TandemError('SHUTTING_DOWN');

    out.live([out.colours.dim('Starting the simulated account …')], null);
    const simulator = await startSimulator(options.seed);
    closers.push(simulator.stop);

    const chosen = { dataDir, port: options.port ?? (await freePort(port)) };
    const env = environmentOf(io.env, chosen, {
      ...simulator.environment,
      ...engines,
      TANDEM_SENDING: 'on',
      TANDEM_TOOLSETS: 'all',
      ...BRISK_HISTORY,
      ...settings,
    });
    const config = loadConfig(env);
    const log = createServiceLog({
      level: config.logLevel,
      program: 'orchestrator',
      dataDir: config.dataDir,
      toStderr: options.verbose === true,
    });
    const building = await build({ config, log, env });
    closers.push(building.close);
    const service = await building.open();
    const account = createDemoAccount(simulator.controlUrl);
    return { out, service, account, counts: simulator.counts, log, signal, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function ownFolder(closers: (() => Promise<void>)[]): Promise<string> {
  const folder = await openDemoFolder();
  closers.push(folder.remove);
  return folder.dir;
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
