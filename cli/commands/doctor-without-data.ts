import { readdirSync } from 'node:fs';
import type { DiagnosticsView } from '#console/view/diagnostics.ts';
import { systemClock } from '#kernel/clock.ts';
import type { Config } from '#kernel/config.ts';
import type { ServiceContext } from '#orchestrator/services/context.ts';
import { type Check, type CheckName, failed } from '#orchestrator/services/diagnostics/check.ts';
import { createDiagnostics } from '#orchestrator/services/diagnostics/diagnostics.ts';
import { createTimes } from '#orchestrator/services/present/times.ts';
import { readVersion } from '../version.ts';

/** What needs the machine and the settings, and nothing that was stored. */
const CHECKS: readonly CheckName[] = ['runtime', 'ports', 'network', 'proxy', 'browser', 'ffmpeg'];

export type NoData = 'missing' | 'empty';

/** Null = there is something, or it cannot be looked at, which is a finding of its own. */
export function noDataIn(folder: string): NoData | null {
  try {
    return readdirSync(folder).length === 0 ? 'empty' : null;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : null;
  }
}

/**
 * The machine alone. Opening the history would make folder and history, and a diagnosis changes nothing: a slip in the name of a
 * folder must not become an account without messages.
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
  return failed(
    'data_dir',
    'warning',
    why === 'missing' ? 'There is no data directory yet.' : 'The data directory is empty.',
    '`tandem up` makes what it needs and shows the code to link an account. If there should be one already, name its folder with --data-dir.',
  );
}
