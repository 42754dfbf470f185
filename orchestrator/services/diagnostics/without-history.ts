import type { History } from '#history/contracts/history.ts';
import type { TandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { createTimes } from '../present/times.ts';
import type { CheckName } from './check.ts';
import { createDiagnostics, type Diagnosis } from './diagnostics.ts';
import { type ReachHost, reachHost } from './reach-host.ts';

/** What needs no history, and the history itself. The job queue is left out too: it is opened together with the jobs. */
const CHECKS: readonly CheckName[] = [
  'runtime',
  'data_dir',
  'disk',
  'ports',
  'network',
  'proxy',
  'browser',
  'profile',
  'database',
  'backups',
  'ffmpeg',
];

export interface WithoutHistory extends Pick<ServiceContext, 'config' | 'dataDir' | 'clock' | 'version'> {
  /** Why the history does not open. */
  readonly error: TandemError;
  readonly bundle: boolean;
}

/** Who cannot open the history needs the diagnosis most: that it does not open is one finding among the others. */
export async function diagnoseWithoutHistory(
  { error, bundle, ...facts }: WithoutHistory,
  reach: ReachHost = reachHost,
): Promise<Diagnosis> {
  const context: Pick<
    ServiceContext,
    'config' | 'dataDir' | 'clock' | 'version' | 'times' | 'fleet' | 'history' | 'pageUrl'
  > = {
    ...facts,
    times: createTimes(facts.config.timeZone),
    fleet: { engines: () => [] } as unknown as ServiceContext['fleet'],
    history: failingHistory(error),
    // Nothing listens.
    pageUrl: () => '',
  };
  // The checks above and the bundle take no more than this.
  const diagnose = createDiagnostics(context as ServiceContext, reach);
  return (await diagnose({ checks: CHECKS, bundle })).data;
}

/** Every question to it, however deep, fails with the same error. */
function failingHistory(error: TandemError): History {
  const failing: unknown = new Proxy(() => undefined, {
    get: () => failing,
    apply: () => Promise.reject(error),
  });
  return failing as History;
}
