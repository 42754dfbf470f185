import type { EngineName } from '#engines/contract/capability.ts';
import type { Config } from '#kernel/config.ts';
import { BYTES_PER_MEGABYTE } from '#kernel/limits.ts';
import type { ServiceContext } from '#orchestrator/services/context.ts';
import type { FleetPort } from '#orchestrator/services/ports.ts';
import { createPace } from '../backfill/pace.ts';
import { createPhone } from '../backfill/phone.ts';
import type { Jobs } from '../jobs.ts';
import type { Kind } from '../kind.ts';
import { exportKind } from './export.ts';
import { fetchMediaKind } from './fetch-media.ts';
import { historyKind } from './history.ts';
import { markCommunityKind } from './mark-community.ts';
import { markReadKind } from './mark-read.ts';
import { purgeKind } from './purge.ts';
import { rebuildSearchKind } from './rebuild-search.ts';

export interface KindsDeps {
  readonly context: ServiceContext;
  readonly config: Config;
  /** For kinds that start others. */
  readonly jobs: Jobs;
  /** Told after every commit of what engines saw; returns how to stop. */
  readonly onIngested: (listener: () => void) => () => void;
}

/** Every sort of job that this service does. */
export function allKinds({ context, config, jobs, onIngested }: KindsDeps): readonly Kind[] {
  const { history, router, fleet, media, clock } = context;
  const marks = { history, router, readReceipts: config.readReceipts };
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
      isPushed: () => isPushed(context),
    }),
    markReadKind(marks),
    markCommunityKind({ ...marks, clock, jobs, pageDelayMs: config.historyDelayMs }),
    fetchMediaKind({ history, media, maxBytes: config.mediaMaxMb * BYTES_PER_MEGABYTE }),
    exportKind(context),
    purgeKind({ history, media }),
    rebuildSearchKind({ history }),
  ];
}

function pagingEngines({ router }: ServiceContext): readonly EngineName[] {
  return router.routes().find(({ capability }) => capability === 'history.page')?.candidates ?? [];
}

/** The end of the push, and what came with it, are taken in. */
function isPushed({ fleet, ingest }: ServiceContext): boolean {
  const taken = new Map(ingest.takenIn().map((one) => [one.engine, one]));
  return fleet.engines().some(({ engine, status }) => {
    const { outboxId, committedSeq } = taken.get(engine) ?? { outboxId: null, committedSeq: 0 };
    if (status === null || status.sync.phase !== 'done' || outboxId !== status.outbox.id) return false;
    return committedSeq >= status.outbox.lastSeq;
  });
}

/** While one engine is told the first history, what is older than it is not known. */
function isFirstSync(fleet: FleetPort): boolean {
  return fleet.engines().some(({ status }) => status?.level === 'syncing' && status.sync.phase !== 'done');
}
