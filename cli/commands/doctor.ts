import { statSync } from 'node:fs';
import type { DiagnosticsView } from '#console/view/diagnostics.ts';
import { systemClock } from '#kernel/clock.ts';
import type { Config } from '#kernel/config.ts';
import { dataDirAt } from '#kernel/data-dir.ts';
import { type ErrorCode, type TandemError, toTandemError } from '#kernel/errors.ts';
import { provideBrowser } from '../browser/provide.ts';
import { findService } from '../client/find-service.ts';
import { createServiceClient } from '../client/service-client.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { renderTable } from '../render/table.ts';
import { createSilentLog } from '../service/log-file.ts';
import type { Building } from '../service/service.ts';
import { type CommonOptions, configOf, environmentOf } from '../settings.ts';
import { createStopSignal } from '../signals.ts';
import { readVersion } from '../version.ts';
import { maskedLog, writeReport } from './doctor-report.ts';
import { noDataIn } from './no-data.ts';

export interface DoctorOptions extends CommonOptions {
  readonly json?: boolean;
  /** True = to standard output. */
  readonly bundle?: boolean | string;
  readonly getBrowser?: boolean;
}

/** `tandem doctor`: asks the running service; without one it looks at this machine and the data itself. */
export async function runDoctor(io: Io, options: DoctorOptions): Promise<number> {
  const config = configOf(io.env, options);
  const bundle = options.bundle !== undefined && options.bundle !== false;
  if (options.getBrowser === true) await getBrowser(io, config.webjsExecutable);
  const service = await findService(config);
  const found =
    service === null
      ? await lookWithoutService(io, options, config, bundle)
      : await createServiceClient(service).diagnostics(bundle);
  const report = () => ({ ...found, log: maskedLog(config.dataDir) });
  if (typeof options.bundle === 'string') {
    writeReport(options.bundle, report());
    // On stderr: with --json nothing but JSON goes to stdout.
    io.err.print(
      `${io.err.colours.green('✔')} Report for a bug report: ${options.bundle}. It holds no texts, names, numbers or keys.`,
    );
  }
  if (options.bundle === true) io.json(report());
  else if (options.json === true) io.json(found);
  else printChecks(io, found, service === null ? config.dataDir : null);
  return found.checks.some((check) => check.severity === 'error') ? exitCodes.failed : exitCodes.ok;
}

async function getBrowser(io: Io, setting: string | null): Promise<void> {
  const stop = createStopSignal(() => io.err.clear());
  try {
    // On stderr: what goes to stdout may be JSON.
    const provided = await provideBrowser({ out: io.err, env: io.env, setting, signal: stop.signal });
    if (provided?.fetched === true)
      io.err.print(`${io.err.colours.green('✔')} A browser is there: ${provided.executable}`);
  } finally {
    stop.dispose();
  }
}

/** Engines and listener are left out: that they do not run is known. */
const OFFLINE_CHECKS = [
  'runtime',
  'data_dir',
  'disk',
  'clock',
  'ports',
  'network',
  'proxy',
  'browser',
  'profile',
  'database',
  'search',
  'quarantine',
  'backups',
  'growth',
  'queue',
  'jobs',
  'backfills',
  'coverage',
  'ffmpeg',
] as const;

/** What opening the history says; the rest of the machine can be looked at all the same. */
const HISTORY_CODES: ReadonlySet<ErrorCode> = new Set([
  'DB_CORRUPT',
  'DB_READ_ONLY',
  'DB_DISK_FULL',
  'DB_LOCKED',
  'DB_MIGRATION_FAILED',
  'DATABASE_ERROR',
]);

/** Our folder, which this process may not write, or not now. One of other programs, and what is no folder, is left alone. */
function isUnwritable({ code, details }: TandemError, folder: string): boolean {
  if (code !== 'DATA_DIR_UNUSABLE' || details?.reason === 'shared-folder') return false;
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
}

async function lookWithoutService(
  io: Io,
  options: DoctorOptions,
  config: Config,
  bundle: boolean,
): Promise<DiagnosticsView> {
  const noData = noDataIn(config.dataDir);
  if (noData !== null) {
    const { diagnoseWithoutData } = await import('./doctor-without-data.ts');
    return diagnoseWithoutData(config, noData, bundle);
  }
  const { build } = await import('../service/service.ts');
  let building: Building;
  try {
    building = await build({
      config,
      log: createSilentLog('doctor'),
      env: environmentOf(io.env, options),
    });
  } catch (thrown) {
    const error = toTandemError(thrown);
    if (!HISTORY_CODES.has(error.code) && !isUnwritable(error, config.dataDir)) throw thrown;
    const { diagnoseWithoutHistory } = await import('#orchestrator/services/diagnostics/without-history.ts');
    const dataDir = dataDirAt(config.dataDir);
    const version = readVersion();
    return diagnoseWithoutHistory({ config, dataDir, clock: systemClock, version, error, bundle });
  }
  try {
    const request = { checks: OFFLINE_CHECKS, bundle, thorough: true, offline: true };
    return (await building.services.diagnose(request)).data;
  } finally {
    await building.close();
  }
}

/** `folder` = no service runs on it. */
function printChecks(io: Io, found: DiagnosticsView, folder: string | null): void {
  const { out } = io;
  const { colours } = out;
  const mark = (check: DiagnosticsView['checks'][number]) =>
    check.ok ? colours.green('✔') : check.severity === 'error' ? colours.red('✖') : colours.yellow('!');
  out.print(
    folder === null
      ? 'The service runs.'
      : `No service is running for the data directory ${folder}; this is what can be seen without one.`,
    '',
  );
  out.print(
    ...renderTable(
      [{ title: ' ' }, { title: 'CHECK' }, { title: 'FINDING' }],
      found.checks.map((check) => [mark(check), check.id, check.finding]),
      colours,
    ),
  );
  const wrong = found.checks.filter((check) => !check.ok);
  if (wrong.length === 0) {
    out.print('', colours.green('Nothing is wrong.'));
    return;
  }
  out.print('', colours.bold('What to do'));
  for (const check of wrong) {
    out.print(
      `${mark(check)} ${check.id}: ${check.remedy ?? check.finding}${check.code === undefined ? '' : colours.dim(` (${check.code})`)}`,
    );
  }
}
