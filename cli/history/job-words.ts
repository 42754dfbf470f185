import type { JobReply } from '#console/view/jobs.ts';
import type { HistoryFacts } from '#sync-jobs/backfill/progress.ts';
import type { Colours } from '../render/colours.ts';
import { formatCount, formatCounted, formatDuration } from '../render/numbers.ts';
import { renderProgress } from '../render/progress.ts';
import { inShellWords } from './shell-words.ts';

const SECOND_MS = 1_000;
const SEPARATOR = ' · ';

/** A job as the service answers it, or as its own rooms show it. */
export interface ToldJob
  extends Pick<
    JobReply,
    | 'job_id'
    | 'kind'
    | 'status'
    | 'reason'
    | 'hint'
    | 'done'
    | 'total'
    | 'progress_percent'
    | 'next_attempt_at'
  > {
  readonly facts?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
}

/** What a job counts, as far as it is history; a job of another kind counts parts only. */
export function historyFactsOf({ kind, facts }: ToldJob): Partial<HistoryFacts> {
  return kind === 'history' && isRecord(facts) ? facts : {};
}

/** `12 of 21 chats · 3,120 messages, 2,900 of them new · 240 a second · about 2 min left` */
export function progressWords(job: ToldJob): string {
  const facts = historyFactsOf(job);
  const words: string[] = [];
  if (job.total !== undefined) {
    const of = job.kind === 'fetch-media' ? 'files' : 'chats';
    words.push(`${formatCount(job.done)} of ${formatCount(job.total)} ${of}`);
  }
  if (facts.messages_fetched !== undefined) {
    words.push(
      `${formatCounted(facts.messages_fetched, 'message')}, ${formatCount(facts.messages_added ?? 0)} of them new`,
    );
  }
  const rate = facts.messages_per_second ?? 0;
  if (job.status === 'running' && rate > 0) words.push(`${formatCount(rate)} a second`);
  if (job.status === 'running' && facts.seconds_left != null && facts.seconds_left > 0)
    words.push(`about ${formatDuration(facts.seconds_left * SECOND_MS)} left`);
  return words.join(SEPARATOR);
}

/** The bar of a job, and a second line with the reason while it does not run. */
export function jobLines(job: ToldJob, colours: Colours, nowMs: number): readonly string[] {
  const words = progressWords(job);
  const line = `  ${renderProgress(job.progress_percent ?? null, words === '' ? job.status : words, colours)}`;
  const why = restWords(job, nowMs);
  return why === null ? [line] : [line, `  ${colours.yellow(why)}`];
}

/** Why it does not go on just now; null while it does. */
export function restWords(job: ToldJob, nowMs: number): string | null {
  if (job.status === 'running' || job.status === 'completed') return null;
  const reason = job.reason === undefined ? job.status : `${job.status}, ${job.reason}`;
  const next = job.next_attempt_at === undefined ? null : Date.parse(job.next_attempt_at) - nowMs;
  const again = next === null || next < SECOND_MS ? '' : ` Next try in ${formatDuration(next)}.`;
  return `${reason}: ${whyItRests(job)}${again}`;
}

/** The same for a log: short and without times, so that looking again gives the same line. */
export function restLine(job: ToldJob): string {
  return `${job.status}: ${job.reason ?? whyItRests(job)}`;
}

function whyItRests(job: ToldJob): string {
  return hintOf(job) ?? 'it goes on by itself.';
}

export const NOT_LINKED = 'No account is linked. Run `tandem link`; the job goes on by itself then.';

export function waitsForLink({ status, reason }: ToldJob): boolean {
  return status === 'waiting' && reason === 'not-linked';
}

export function hintOf(job: ToldJob): string | null {
  if (waitsForLink(job)) return NOT_LINKED;
  if (job.hint === undefined) return null;
  // Here the id is known.
  return inShellWords(job.hint).replaceAll(
    /`tandem history resume` (?:with|and) its id/g,
    `\`tandem history resume ${job.job_id}\``,
  );
}

/** The same job with its hints in the words of this command line, for programs that read them. */
export function inCommandWords<Job extends JobReply>(job: Job): Job {
  const hint = hintOf(job);
  const { error } = job;
  return {
    ...job,
    ...(hint === null ? {} : { hint }),
    ...(error === undefined ? {} : { error: { ...error, hint: inShellWords(error.hint) } }),
  };
}

/** How a job ended: what it did, and where that stands in more words. */
export function endLines(job: ToldJob): readonly string[] {
  if (job.status !== 'completed') {
    const error = job.error === undefined ? '' : `: ${job.error.message} (${job.error.code})`;
    return [`${job.job_id} ${job.status}${error}`];
  }
  if (job.kind !== 'history') return [`${job.job_id} is done.`];
  const result = isRecord(job.result) ? job.result : {};
  const count = (name: string) => (typeof result[name] === 'number' ? result[name] : 0);
  const parts: readonly (readonly [number, string])[] = [
    [count('complete') - count('purged'), 'complete to their beginning'],
    [count('purged'), 'complete back to what was deleted on purpose'],
    [count('exhausted'), 'without an older message, but without proof'],
    [count('limited'), 'up to the limit'],
    [count('skipped'), 'with nothing to ask from'],
    [count('stalled'), 'silent'],
  ];
  const chats = parts.filter(([n]) => n > 0).map(([n, words]) => `${formatCount(n)} ${words}`);
  return [
    `${formatCounted(count('messages_fetched'), 'message')} in ${formatCounted(count('pages'), 'page')}, ${formatCount(count('messages_added'))} of them new`,
    `${formatCounted(count('chats'), 'chat')}${chats.length === 0 ? '' : `: ${chats.join(', ')}`}`,
  ];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
