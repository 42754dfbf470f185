import type { JobKind, JobRecord, Json } from '#history/contracts/jobs.ts';
import type { Times } from '#orchestrator/services/present/times.ts';
import { compact } from '#orchestrator/services/reply.ts';

type Told = Readonly<Record<string, unknown>>;
type Telling = (told: Told, times: Times) => Told;

/** What a kind keeps in its facts to find its place again is no news for a reader, and its times are numbers. */
const FACTS: Readonly<Partial<Record<JobKind, Telling>>> = {
  'mark-community': ({ phaseStartedMs, historyJobId, looks: _l, patience: _p, ...told }, times) => ({
    ...told,
    phase_started_at: typeof phaseStartedMs === 'number' ? times.isoMs(phaseStartedMs) : undefined,
    history_job_id: typeof historyJobId === 'string' ? historyJobId : undefined,
  }),
  'fetch-media': ({ plannedTo: _, ...told }) => told,
  // Places in the index, all of them.
  'rebuild-search': () => ({}),
};

const RESULTS: Readonly<Partial<Record<JobKind, Telling>>> = {
  purge: ({ before, ...told }, times) => ({
    before: typeof before === 'number' ? times.iso(before) : before,
    ...told,
  }),
};

/** How far a job is, in what its kind counts. Undefined when it tells nothing. */
export function factsOf(
  { kind, state, facts }: JobRecord,
  times: Times,
): Record<string, unknown> | undefined {
  const told = shown(FACTS[kind], facts, times);
  if (told === undefined || state === 'running' || state === 'queued') return told;
  // How long a job still takes is told only while it goes on: nobody knows how long a pause is, and an end takes no time.
  const { seconds_left: _, ...rest } = told;
  return rest;
}

/** What came of a job. */
export function resultOf({ kind, result }: JobRecord, times: Times): Record<string, unknown> | undefined {
  return shown(RESULTS[kind], result, times);
}

/** What came of a part; a chat whose history is fetched keeps there what was tried, for the next turn. */
export function partResultOf(kind: JobKind, result: Json): Json | undefined {
  return kind === 'history' ? undefined : (result ?? undefined);
}

/** JSON of the store is an object, or left out. */
function shown(telling: Telling | undefined, json: Json, times: Times): Record<string, unknown> | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const told = compact({ ...(telling?.(json as Told, times) ?? json) });
  return Object.keys(told).length === 0 ? undefined : told;
}
