import type { EngineName } from '#engines/contract/capability.ts';
import type { ReceivedEntry } from '#engines/contract/wire.ts';
import type { IngestBatch, IngestReport, IngestStore } from '#history/contracts/history.ts';
import { type ErrorCode, TandemError, toTandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { allAside, batchOf, withoutObservation } from './batch.ts';

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
  onCommitted: (batch: IngestBatch, report: IngestReport) => void,
): Promise<void> {
  const whole = batchOf(deps.engine, outboxId, entries);
  try {
    onCommitted(whole, await deps.store.apply(whole));
    return;
  } catch (thrown) {
    const error = toTandemError(thrown);
    if (isDatabaseTrouble(error)) throw error;
    deps.logger.error('batch cannot be stored, its entries are tried alone', { engine: deps.engine, error });
  }
  for (const entry of entries) {
    const batch = batchOf(deps.engine, outboxId, [entry]);
    const done = await applyWhatCanBe(deps, batch);
    onCommitted(done.batch, done.report);
  }
}

async function applyWhatCanBe(deps: ApplyDeps, first: IngestBatch) {
  let batch = first;
  // Each round either commits, throws, or takes one observation out.
  for (;;) {
    try {
      return { batch, report: await deps.store.apply(batch) };
    } catch (thrown) {
      const error = toTandemError(thrown);
      if (isDatabaseTrouble(error)) throw error;
      if (batch.observations.length === 0) throw new TandemError('DATABASE_ERROR', { cause: error });
      const at = error.details?.observation;
      deps.logger.error('observation set aside', { engine: deps.engine, seq: batch.seq, error });
      batch =
        typeof at === 'number' && at in batch.observations
          ? withoutObservation(batch, at, problemOf(error))
          : allAside(batch, problemOf(error));
    }
  }
}

/** Code and kind only: the quarantine shows problems to people, and error texts may quote messages. */
function problemOf(error: TandemError): string {
  const reason = error.details?.reason;
  const cause = error.cause instanceof Error ? error.cause.name : null;
  return [error.code, typeof reason === 'string' ? reason : cause].filter((part) => part !== null).join(' ');
}
