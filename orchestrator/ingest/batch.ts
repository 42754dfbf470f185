import type { EngineName } from '#engines/contract/capability.ts';
import type { ReceivedEntry } from '#engines/contract/wire.ts';
import type { IngestBatch } from '#history/contracts/history.ts';

type Quarantined = NonNullable<IngestBatch['quarantined']>[number];

/** What entries of one outbox become in the history. `entries` is not empty. */
export function batchOf(
  engine: EngineName,
  outboxId: string,
  entries: readonly ReceivedEntry[],
): IngestBatch {
  const quarantined = entries.flatMap((entry) =>
    entry.rejected.map(
      (one): Quarantined => ({ seq: entry.seq, problem: one.problems.join('; '), json: one.json }),
    ),
  );
  return {
    engine,
    outboxId,
    seq: entries.at(-1)?.seq ?? 0,
    observations: entries.flatMap((entry) => entry.observations),
    ...(quarantined.length === 0 ? {} : { quarantined }),
  };
}

/** The batch without one observation that the history could not take. */
export function withoutObservation(batch: IngestBatch, index: number, problem: string): IngestBatch {
  return {
    ...batch,
    observations: batch.observations.filter((_one, at) => at !== index),
    quarantined: [
      ...(batch.quarantined ?? []),
      { seq: batch.seq, problem, json: JSON.stringify(batch.observations[index]) },
    ],
  };
}

/** Nothing of it applied, everything of it kept aside. */
export function allAside(batch: IngestBatch, problem: string): IngestBatch {
  return {
    ...batch,
    observations: [],
    quarantined: [
      ...(batch.quarantined ?? []),
      { seq: batch.seq, problem, json: JSON.stringify(batch.observations) },
    ],
  };
}

/** The offset moves, nothing is kept: what an engine saw of another account is not ours to store. */
export function nothingOf(batch: IngestBatch): IngestBatch {
  return { engine: batch.engine, outboxId: batch.outboxId, seq: batch.seq, observations: [] };
}
