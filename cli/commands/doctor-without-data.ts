import type { DiagnosticsView } from '#console/view/diagnostics.ts';
import { systemClock } from '#kernel/clock.ts';
import type { Config } from '#kernel/config.ts';
import type { ServiceContext } from '#orchestrator/services/context.ts';
import { type Check, type CheckName, failed } from '#orchestrator/services/diagnostics/check.ts';
import { createDiagnostics } from '#orchestrator/services/diagnostics/diagnostics.ts';
import { createTimes } from '#orchestrator/services/present/times.ts';
import { readVersion } from '../version.ts';
import { NO_DATA_HINT, type NoData, noDataWords } from './no-data.ts';

/** What needs the machine and the settings, and nothing that was stored. */
const CHECKS: readonly CheckName[] = ['runtime', 'ports', 'network', 'proxy', 'browser', 'ffmpeg'];

/**
 * The machine alone. Opening the history would make folder and history, and a diagnosis changes nothing.
 */
export async function diagnoseWithoutData(
  config: Config,
  why: NoData,
  bundle: boolean,
): Promise<DiagnosticsView> {
  const context: Pick<ServiceContext, 'config' | 'clock' | 'version' | 'times' | 'fleet' | 'pageUrl'> = {
    config,
    clock: systemClock,
    version: readVersion(),
    times: createTimes(config.timeZone),
    fleet: { engines: () => [] } as unknown as ServiceContext['fleet'],
    // Nothing listens.
    pageUrl: () => '',
  };
  // The checks above and the bundle take no more than this; the bundle says null of a store that it cannot ask.
  const diagnose = createDiagnostics(context as ServiceContext);
  const { data } = await diagnose({ checks: CHECKS, bundle });
  return { ...data, checks: [noData(why), ...data.checks] };
}

function noData(why: NoData): Check {
  return failed('data_dir', 'warning', noDataWords[why], NO_DATA_HINT);
}
