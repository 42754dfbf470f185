import type { BackfillState } from '#history/contracts/backfills.ts';
import { endedStates, type JobRecord, jobStates } from '#history/contracts/jobs.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { ServiceContext } from '../context.ts';
import { type Check, failed, passed } from './check.ts';

const MINUTE_MS = 60 * MILLISECONDS_PER_SECOND;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A turn of a job is a minute, and each writes down where it is. */
const STUCK_AFTER_MS = 10 * MINUTE_MS;
/** What waits so long waits for a person: a phone that is off, a link that is gone. */
const WAITS_LONG_MS = 6 * 60 * MINUTE_MS;
const FAILED_WITHIN_MS = 7 * DAY_MS;
const JOBS_LOOKED_AT = 500;
const NAMED = 3;

const unfinished = jobStates.filter((state) => !endedStates.includes(state));

const RESTING = 'No service runs, so none of them moves; they go on by themselves once it does.';

/** Jobs that stand still although they should not, and those that failed lately. Without a service all of them should. */
export async function checkJobs(
  { history, clock }: ServiceContext,
  { offline }: { readonly offline?: boolean },
): Promise<Check[]> {
  const now = clock.now();
  const open = await history.jobs.list({ states: unfinished, limit: JOBS_LOOKED_AT });
  const broken = (await history.jobs.list({ states: ['failed'], limit: JOBS_LOOKED_AT })).filter(
    ({ endedAtMs, updatedAtMs }) => now - (endedAtMs ?? updatedAtMs) < FAILED_WITHIN_MS,
  );
  const stuck = open.filter(
    ({ state, updatedAtMs }) =>
      offline !== true &&
      (state === 'running' || state === 'interrupted') &&
      now - updatedAtMs > STUCK_AFTER_MS,
  );
  const waiting = open.filter(
    ({ state, startedAtMs, createdAtMs }) =>
      state === 'waiting' && now - (startedAtMs ?? createdAtMs) > WAITS_LONG_MS,
  );
  // The row of a job whose service was killed still says that it runs.
  const states = offline === true ? open.map(interrupted) : open;
  const told = `${open.length} open: ${inStates(states)}.${offline === true ? ` ${RESTING}` : ''}`;
  return [
    passed('jobs', open.length === 0 ? 'No job is open.' : told),
    ...(stuck.length === 0
      ? []
      : [
          failed(
            'jobs_stuck',
            'warning',
            `${stuck.length} did nothing for ${minutesOf(now, stuck)} min: ${named(stuck)}.`,
            'It is taken over by itself when its worker is gone. If that lasts, restart the service: the job goes on where it was.',
          ),
        ]),
    ...(waiting.length === 0
      ? []
      : [
          failed(
            'jobs_waiting',
            'warning',
            `${waiting.length} wait since more than ${WAITS_LONG_MS / MINUTE_MS / 60} h: ${reasonsOf(waiting)}.`,
            'docs/runbooks/history.md says what each reason waits for: mostly the phone must be on and online.',
          ),
        ]),
    ...(broken.length === 0
      ? []
      : [
          failed(
            'jobs_failed',
            'warning',
            `${broken.length} failed in the last ${FAILED_WITHIN_MS / DAY_MS} days: ${reasonsOf(broken)}.`,
            `Mend what the code says, then \`tandem history resume ${broken[0]?.id ?? 'ID'}\`: it goes on from where it was.`,
            broken[0]?.error?.code,
          ),
        ]),
  ];
}

const IN_A_REQUEST: readonly BackfillState[] = ['requesting', 'awaiting', 'ingesting'];

/** How far the older history of the chats is, and chats that were left in the middle of a request. */
export async function checkBackfills(
  { history, clock }: ServiceContext,
  { offline }: { readonly offline?: boolean },
): Promise<Check> {
  const counts = await history.backfills.counts();
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (all === 0) return passed('backfills', 'Older history was never asked for.');
  const finding = `${all} chats: ${counts.complete} complete, ${counts.exhausted} without an answer that proves it, ${counts.blocked} with nothing to ask from, ${counts.stalled} silent, ${counts.failed} failed.`;
  const [oldest] = await history.backfills.list({ states: IN_A_REQUEST, limit: 1 });
  const stale = oldest === undefined ? 0 : clock.now() - oldest.updatedAtMs;
  if (stale > STUCK_AFTER_MS && offline !== true) {
    return failed(
      'backfills',
      'warning',
      `${finding} One is in the middle of a request for ${Math.floor(stale / MINUTE_MS)} min.`,
      'It is let go by itself when its worker is gone; restart the service if that lasts.',
    );
  }
  if (counts.stalled + counts.failed > 0) {
    const remedy =
      'Switch the phone on, open WhatsApp on it, and ask again: `tandem history fetch`. It may be that it has nothing more to give.';
    return failed('backfills', 'warning', finding, remedy);
  }
  return passed('backfills', finding);
}

/** What is missing is no fault; it is said, with the way to get it. */
export async function checkCoverage({ history }: ServiceContext): Promise<Check> {
  const { chats, complete, partial, unknown } = await history.coverage.summary();
  if (chats === 0) return passed('coverage', 'No chat is known yet.');
  const finding = `${complete} of ${chats} chats are complete, ${partial} have something missing, of ${unknown} nothing is known.`;
  return passed(
    'coverage',
    partial + unknown === 0 ? finding : `${finding} \`tandem history coverage\` shows it.`,
  );
}

function interrupted(job: JobRecord): JobRecord {
  return job.state === 'running' ? { ...job, state: 'interrupted' } : job;
}

function inStates(jobs: readonly JobRecord[]): string {
  return counted(
    jobs.map(({ state, reason }) =>
      state === 'waiting' && reason !== null ? `${state} (${reason})` : state,
    ),
  );
}

function reasonsOf(jobs: readonly JobRecord[]): string {
  return counted(jobs.map(({ kind, reason, error }) => `${kind} (${error?.code ?? reason ?? 'no reason'})`));
}

/** `2 running, 1 queued` */
function counted(words: readonly string[]): string {
  return [...Map.groupBy(words, (word) => word)].map(([word, all]) => `${all.length} ${word}`).join(', ');
}

function named(jobs: readonly JobRecord[]): string {
  const more = jobs.length > NAMED ? ', …' : '';
  return `${jobs
    .slice(0, NAMED)
    .map(({ id, kind }) => `${kind} ${id}`)
    .join(', ')}${more}`;
}

function minutesOf(now: number, jobs: readonly JobRecord[]): number {
  return Math.floor((now - Math.min(...jobs.map(({ updatedAtMs }) => updatedAtMs))) / MINUTE_MS);
}
