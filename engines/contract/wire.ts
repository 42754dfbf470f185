import { z } from 'zod';
import { INGEST_BATCH_MAX_OBSERVATIONS, OBSERVATION_POLL_WAIT_MS } from '#kernel/limits.ts';
import { type Observation, observationSchema } from './observation.ts';

/** What host.ts and client.ts agree on beside the schemas of commands and status. */

/** Milliseconds that the caller will wait for the answer of a command. */
export const DEADLINE_HEADER = 'x-tandem-deadline-ms';

/** Waits longer than this are cut by the host, so that a forgotten poll ends by itself. */
export const LONGEST_POLL_WAIT_MS = 2 * OBSERVATION_POLL_WAIT_MS;

/** Command inputs are a text and some ids; media only ever travels in answers. */
export const COMMAND_BODY_MAX_BYTES = 1024 * 1024;

const wait = z.coerce.number().int().min(0).max(LONGEST_POLL_WAIT_MS).default(0);

export const statusQuerySchema = z.strictObject({
  /** Answer at once unless the revision is still this one. */
  since: z.coerce.number().int().min(-1).optional(),
  waitMs: wait,
});

export const observationsQuerySchema = z.strictObject({
  /** Id of the outbox that `after` belongs to; absent while the consumer does not know it. */
  outbox: z.string().min(1).max(64).optional(),
  /** Everything up to here is committed by the consumer, and survives a power cut there. */
  after: z.coerce.number().int().min(0).default(0),
  /** Read from behind here; `after` when not given. A consumer may be ahead of what it can vouch for. */
  from: z.coerce.number().int().min(0).optional(),
  max: z.coerce.number().int().min(1).max(100_000).default(INGEST_BATCH_MAX_OBSERVATIONS),
  waitMs: wait,
});

/** A stored observation that does not fit the contract: kept for a person to look at, never dropped. */
export interface RejectedObservation {
  /** Place inside the entry; null = the entry itself cannot be read. */
  readonly index: number | null;
  /** The stored JSON. Holds message text: for the quarantine table only, never for a log. */
  readonly json: string;
  /** Field names and expectations, without values. */
  readonly problems: readonly string[];
}

export interface ReceivedEntry {
  readonly seq: number;
  readonly observations: readonly Observation[];
  readonly rejected: readonly RejectedObservation[];
}

export interface ObservationsAnswer {
  /** Id of the outbox that answered. Another one than asked for: start again from the offset stored for it. */
  readonly outbox: string;
  readonly entries: readonly ReceivedEntry[];
}

/**
 * The answer as text, around JSON that is passed through as it was stored. One line an entry, so that a reader
 * can still take the others when one of them is damaged.
 */
export function printObservations(
  outbox: string,
  entries: readonly { readonly seq: number; readonly json: string }[],
): string {
  const lines = entries.map((entry) => `{"seq":${entry.seq},"observations":${entry.json}}`);
  return `{"outbox":${JSON.stringify(outbox)},"entries":[\n${lines.join(',\n')}\n]}`;
}

const envelopeSchema = z.strictObject({
  outbox: z.string().min(1),
  entries: z.array(z.strictObject({ seq: z.int().min(1), observations: z.array(z.unknown()) })),
});

/** Reads what printObservations wrote. Throws ZodError when the envelope does not fit, SyntaxError when it is no JSON. */
export function readObservations(text: string): ObservationsAnswer {
  const envelope = envelopeSchema.safeParse(parseOrNull(text));
  if (!envelope.success) return readLineByLine(text);
  return { outbox: envelope.data.outbox, entries: envelope.data.entries.map(readEntry) };
}

const NOT_JSON = Symbol('not json');

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}

function readEntry(entry: { seq: number; observations: readonly unknown[] }): ReceivedEntry {
  const observations: Observation[] = [];
  const rejected: RejectedObservation[] = [];
  entry.observations.forEach((raw, index) => {
    const parsed = observationSchema.safeParse(raw);
    if (parsed.success) observations.push(parsed.data);
    else rejected.push({ index, json: JSON.stringify(raw), problems: problemsOf(parsed.error) });
  });
  return { seq: entry.seq, observations, rejected };
}

const ENTRY_START = /^\{"seq":(\d{1,15}),"observations":/;

/** The slow way, taken only when the whole does not parse: finds which entry is damaged. */
function readLineByLine(text: string): ObservationsAnswer {
  const [head = '', ...rest] = text.split('\n');
  const outbox = z.strictObject({ outbox: z.string().min(1), entries: z.array(z.never()) });
  const { outbox: id } = outbox.parse(JSON.parse(`${head}]}`));
  const chunks: { seq: number; lines: string[] }[] = [];
  for (const line of rest.slice(0, -1)) {
    const seq = ENTRY_START.exec(line)?.[1];
    if (seq !== undefined) chunks.push({ seq: Number(seq), lines: [line] });
    // A damaged entry may hold line breaks; they belong to the entry before them.
    else chunks.at(-1)?.lines.push(line);
  }
  const entries = chunks.map(({ seq, lines }) => {
    const json = lines.join('\n').replace(/,$/, '');
    const parsed = envelopeSchema.shape.entries.element.safeParse(parseOrNull(json));
    if (parsed.success && parsed.data.seq === seq) return readEntry(parsed.data);
    return { seq, observations: [], rejected: [{ index: null, json, problems: ['the entry is not JSON'] }] };
  });
  return { outbox: id, entries };
}

function problemsOf(error: z.ZodError): string[] {
  return error.issues
    .slice(0, 10)
    .map((issue) => `${issue.path.join('.') || '(observation)'}: ${issue.message}`);
}
