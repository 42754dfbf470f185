import { toTandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { compact, type Reply } from '../reply.ts';
import { checkBrowser, checkProfile } from './browser-checks.ts';
import { makeBundle } from './bundle.ts';
import { type Check, type CheckName, checkNames, failed } from './check.ts';
import { checkDevices } from './device-check.ts';
import { checkEngines, checkTestServer } from './engine-checks.ts';
import { checkFfmpeg } from './ffmpeg-check.ts';
import {
  checkClock,
  checkDataDir,
  checkDisk,
  checkListener,
  checkMemory,
  checkRuntime,
} from './host-checks.ts';
import { checkBackfills, checkCoverage, checkJobs } from './job-checks.ts';
import { checkNetwork, checkProxy } from './network-checks.ts';
import { checkPorts } from './port-check.ts';
import { checkQueue } from './queue-checks.ts';
import { type ReachHost, reachHost } from './reach-host.ts';
import { checkAccount, checkOffsets, checkSessions } from './session-checks.ts';
import { checkBackups, checkGrowth } from './storage-checks.ts';
import { checkDatabase, checkQuarantine, checkSearch } from './store-checks.ts';

export interface DiagnosticsRequest {
  readonly checks?: readonly CheckName[] | undefined;
  /** Adds settings and engine states for a report of a fault, redacted. */
  readonly bundle: boolean;
  /** Takes the time that it needs: nobody's call waits. */
  readonly thorough?: boolean;
  /** No service runs on this data directory: whoever asks only looks. */
  readonly offline?: boolean;
}

export interface Diagnosis {
  readonly checks: Check[];
  readonly summary: { readonly ok: number; readonly warnings: number; readonly errors: number };
  readonly bundle?: Record<string, unknown>;
}

type Run = (
  context: ServiceContext,
  request: DiagnosticsRequest,
) => Check | readonly Check[] | Promise<Check | readonly Check[]>;

const RUNS: Readonly<Record<Exclude<CheckName, 'network'>, Run>> = {
  runtime: checkRuntime,
  data_dir: checkDataDir,
  disk: checkDisk,
  clock: checkClock,
  listener: checkListener,
  ports: checkPorts,
  proxy: checkProxy,
  browser: checkBrowser,
  profile: checkProfile,
  engines: checkEngines,
  account: checkAccount,
  devices: checkDevices,
  session: checkSessions,
  offsets: checkOffsets,
  database: checkDatabase,
  search: checkSearch,
  quarantine: checkQuarantine,
  backups: checkBackups,
  growth: checkGrowth,
  queue: checkQueue,
  jobs: checkJobs,
  backfills: checkBackfills,
  coverage: checkCoverage,
  memory: checkMemory,
  ffmpeg: checkFfmpeg,
  test_server: checkTestServer,
};

/** Looks at everything that usually goes wrong. A check that fails itself is a finding, never an error. */
export function createDiagnostics(context: ServiceContext, reach: ReachHost = reachHost) {
  const runs = { ...RUNS, network: (its: ServiceContext) => checkNetwork(its, reach) };
  return async (request: DiagnosticsRequest): Promise<Reply<Diagnosis>> => {
    const wanted = request.checks ?? checkNames;
    const found = await Promise.all(wanted.map((name) => runOne(name, runs[name], context, request)));
    const checks = found.flat();
    const summary = {
      ok: checks.filter(({ ok }) => ok).length,
      warnings: checks.filter(({ severity }) => severity === 'warning').length,
      errors: checks.filter(({ severity }) => severity === 'error').length,
    };
    const bundle = request.bundle ? await makeBundle(context) : undefined;
    return {
      data: compact({ checks, summary, bundle }),
      summary: `${summary.errors} errors, ${summary.warnings} warnings.`,
    };
  };
}

async function runOne(
  name: CheckName,
  run: Run,
  context: ServiceContext,
  request: DiagnosticsRequest,
): Promise<readonly Check[]> {
  try {
    const found = await run(context, request);
    return Array.isArray(found) ? (found as readonly Check[]) : [found as Check];
  } catch (thrown) {
    const { code, message, hint } = toTandemError(thrown);
    return [failed(name, 'error', message, hint, code)];
  }
}
