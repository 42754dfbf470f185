import type { EngineName } from '#engines/contract/capability.ts';
import type { Config } from '#kernel/config.ts';
import type { ServiceContext } from '#orchestrator/services/context.ts';
import type { FleetPort } from '#orchestrator/services/ports.ts';
import { createPace } from '../backfill/pace.ts';
import { createPhone } from '../backfill/phone.ts';
import type { Kind } from '../kind.ts';
import { historyKind } from './history.ts';

export interface KindsDeps {
  readonly context: ServiceContext;
  readonly config: Config;
  /** Told after every commit of what engines saw; returns how to stop. */
  readonly onIngested: (listener: () => void) => () => void;
}

/** Every sort of job that this service does. */
export function allKinds({ context, config, onIngested }: KindsDeps): readonly Kind[] {
  const { history, router, fleet, clock } = context;
  return [
    historyKind({
      history,
      router,
      backfills: history.backfills,
      onIngested,
      pace: createPace({ delayMs: config.historyDelayMs, clock }),
      phone: createPhone(clock, config.historyWaitMs),
      engines: () => pagingEngines(context),
      clock,
      pageSize: config.historyBatch,
      waitMs: config.historyWaitMs,
      parallel: config.historyParallel,
      isFirstSync: () => isFirstSync(fleet),
    }),
  ];
}

function pagingEngines({ router }: ServiceContext): readonly EngineName[] {
  return router.routes().find(({ capability }) => capability === 'history.page')?.candidates ?? [];
}

/** While one engine is told the first history, what is older than it is not known. */
function isFirstSync(fleet: FleetPort): boolean {
  return fleet.engines().some(({ status }) => status?.level === 'syncing' && status.sync.phase !== 'done');
}
