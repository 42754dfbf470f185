import type { EngineName } from '#engines/contract/capability.ts';
import type { ReceivedEntry } from '#engines/contract/wire.ts';
import type { IngestReport, IngestStore } from '#history/contracts/history.ts';
import { type ErrorCode, TandemError, toTandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { allAside, batchOf, type Draft, draftOf, withoutObservation } from './batch.ts';

/** The database cannot take anything now: wait, nothing is wrong with the data. */
const DATABASE_TROUBLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'DB_LOCKED',
  'DB_DISK_FULL',
  'DB_READ_ONLY',
  'DB_CORRUPT',
  'DATABASE_ERROR',
  'SHUTTING_DOWN',
]);
/** What SQLite says of a row that can never be stored. */
const BAD_ROW = /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/;

function isDatabaseTrouble(error: TandemError): boolean {
  return DATABASE_TROUBLE.has(error.code) && !BAD_ROW.test(String(error.details?.reason ?? ''));
}

export interface ApplyDeps {
  readonly store: IngestStore;
  readonly engine: EngineName;
  readonly logger: Logger;
}

/**
 * Applies entries as one batch; when the history cannot take it, one entry after the other, so that an observation
 * that breaks it is set aside and the rest is stored. Throws database trouble only, with everything up to then committed.
 */
export async function applyEntries(
  deps: ApplyDeps,
  outboxId: string,
  entries: readonly ReceivedEntry[],
  onCommitted: (draft: Draft, report: IngestReport) => void,
): Promise<void> {
  const whole = draftOf(deps.engine, outboxId, entries);
  try {
    onCommitted(whole, await deps.store.apply(batchOf(whole)));
    return;
  } catch (thrown) {
    const error = toTandemError(thrown);
    if (isDatabaseTrouble(error)) throw error;
    deps.logger.error('batch cannot be stored, its entries are tried alone', { engine: deps.engine, error });
  }
  for (const entry of entries) {
    const done = await applyWhatCanBe(deps, draftOf(deps.engine, outboxId, [entry]));
    onCommitted(done.draft, done.report);
  }
}

async function applyWhatCanBe(deps: ApplyDeps, first: Draft) {
  let draft = first;
  // Each round either commits, throws, or takes at least one observation out.
  for (;;) {
    try {
      return { draft, report: await deps.store.apply(batchOf(draft)) };
    } catch (thrown) {
      const error = toTandemError(thrown);
      if (isDatabaseTrouble(error)) throw error;
      if (draft.observations.length === 0) throw new TandemError('DATABASE_ERROR', { cause: error });
      const at = error.details?.observation;
      deps.logger.error('observation set aside', { engine: deps.engine, seq: draft.seq, error });
      draft =
        typeof at === 'number' && at in draft.observations
          ? withoutObservation(draft, at, problemOf(error))
          : allAside(draft, problemOf(error));
    }
  }
}

/** Code and kind only: the quarantine shows problems to people, and error texts may quote messages. */
function problemOf(error: TandemError): string {
  const reason = error.details?.reason;
  const cause = error.cause instanceof Error ? error.cause.name : null;
  return [error.code, typeof reason === 'string' ? reason : cause].filter((part) => part !== null).join(' ');
}
