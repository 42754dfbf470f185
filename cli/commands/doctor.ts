import { readFileSync, writeFileSync } from 'node:fs';
import type { DiagnosticsView } from '#console/view/diagnostics.ts';
import { PRIVATE_FILE } from '#kernel/data-dir.ts';
import { TandemError } from '#kernel/errors.ts';
import { redact } from '#kernel/redact.ts';
import { provideBrowser } from '../browser/provide.ts';
import { findService } from '../client/find-service.ts';
import { createServiceClient } from '../client/service-client.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { renderTable } from '../render/table.ts';
import { createStderrLog, logFileOf } from '../service/log-file.ts';
import { type CommonOptions, configOf, environmentOf } from '../settings.ts';
import { createStopSignal } from '../signals.ts';

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
      ? await lookWithoutService(io, options, bundle)
      : await createServiceClient(service).diagnostics(bundle);
  if (typeof options.bundle === 'string') {
    writeBundle(io, options.bundle, { ...found, log: redactedLog(logFileOf(config.dataDir)) });
    if (options.json !== true) printChecks(io, found, service !== null);
  } else if (options.json === true || bundle) io.json(found);
  else printChecks(io, found, service !== null);
  return found.checks.some((check) => check.severity === 'error') ? exitCodes.failed : exitCodes.ok;
}

/** Readable for its owner only, although everything in it is masked. Throws VALIDATION_ERROR when it cannot be written. */
function writeBundle(io: Io, file: string, report: object): void {
  try {
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`, { mode: PRIVATE_FILE });
  } catch (cause) {
    throw new TandemError('VALIDATION_ERROR', {
      message: `The report cannot be written there (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'}).`,
      hint: 'Choose another file: `tandem doctor --bundle report.json`.',
      cause,
    });
  }
  // On stderr: with --json nothing but JSON goes to stdout.
  io.err.print(
    `${io.err.colours.green('✔')} Report for a bug report: ${file}. It holds no texts, names, numbers or keys.`,
  );
}

/** The end of the log, masked once more: a file on the disk may be from an earlier version. */
function redactedLog(file: string): readonly unknown[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').slice(-LOG_MAX_CHARS);
  } catch {
    // Logged to stderr, or never started.
    return [];
  }
  return text
    .split('\n')
    .slice(-LOG_LINES)
    .flatMap((line) => {
      try {
        return [redact(JSON.parse(line))];
      } catch {
        // What is no JSON was printed by a person's terminal, or is cut.
        return [];
      }
    });
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

const LOG_LINES = 300;
const LOG_MAX_CHARS = 200_000;

async function lookWithoutService(io: Io, options: DoctorOptions, bundle: boolean): Promise<DiagnosticsView> {
  const { build } = await import('../service/service.ts');
  const building = await build({
    config: configOf(io.env, options),
    log: createStderrLog('silent', 'doctor'),
    env: environmentOf(io.env, options),
  });
  try {
    return (await building.services.diagnose({ checks: OFFLINE_CHECKS, bundle, thorough: true })).data;
  } finally {
    await building.close();
  }
}

function printChecks(io: Io, found: DiagnosticsView, running: boolean): void {
  const { out } = io;
  const { colours } = out;
  const mark = (check: DiagnosticsView['checks'][number]) =>
    check.ok ? colours.green('✔') : check.severity === 'error' ? colours.red('✖') : colours.yellow('!');
  out.print(
    running ? 'The service runs.' : 'No service is running; this is what can be seen without one.',
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
