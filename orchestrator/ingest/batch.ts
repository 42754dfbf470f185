import type { EngineName } from '#engines/contract/capability.ts';
import type { ReceivedEntry } from '#engines/contract/wire.ts';
import type { IngestBatch } from '#history/contracts/history.ts';

/** One observation that is kept aside: why, and its JSON as it was stored. */
interface Aside {
  readonly seq: number;
  readonly problem: string;
  readonly json: string;
}

/** A batch on its way into the history. */
export interface Draft extends Omit<IngestBatch, 'quarantined'> {
  readonly aside: readonly Aside[];
}

/** What entries of one outbox become in the history. `entries` is not empty. */
export function draftOf(engine: EngineName, outboxId: string, entries: readonly ReceivedEntry[]): Draft {
  return {
    engine,
    outboxId,
    seq: entries.at(-1)?.seq ?? 0,
    ...(entries[0] === undefined ? {} : { firstSeq: entries[0].seq }),
    observations: entries.flatMap((entry) => entry.observations),
    aside: entries.flatMap(({ seq, rejected }) =>
      rejected.map((one) => ({ seq, problem: one.problems.join('; '), json: one.json })),
    ),
  };
}

/** The history keeps one record an outbox entry, so what one entry held is put together: a JSON list of texts. */
export function batchOf({ aside, ...batch }: Draft): IngestBatch {
  if (aside.length === 0) return batch;
  const quarantined = [...Map.groupBy(aside, (one) => one.seq)].map(([seq, ones]) => ({
    seq,
    problem: ones.map((one) => one.problem).join(' | '),
    json: JSON.stringify(ones.map((one) => one.json)),
  }));
  return { ...batch, quarantined };
}

/** Without one observation that the history could not take. */
export function withoutObservation(draft: Draft, index: number, problem: string): Draft {
  return {
    ...draft,
    observations: draft.observations.filter((_one, at) => at !== index),
    aside: [...draft.aside, { seq: draft.seq, problem, json: JSON.stringify(draft.observations[index]) }],
  };
}

/** Nothing of it applied, everything of it kept aside. */
export function allAside(draft: Draft, problem: string): Draft {
  const { seq } = draft;
  const all = draft.observations.map((one) => ({ seq, problem, json: JSON.stringify(one) }));
  return { ...draft, observations: [], aside: [...draft.aside, ...all] };
}

/** The offset moves, nothing is kept: what an engine saw of another account is not ours to store. */
export function nothingOf(draft: Draft): IngestBatch {
  return { engine: draft.engine, outboxId: draft.outboxId, seq: draft.seq, dropped: true, observations: [] };
}
