import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { JobView } from '#sync-jobs/services/job-shape.ts';
import type { JobReply } from '../view/jobs.ts';
import { QUEUE_PAUSED } from '../view/paused-jobs.ts';
import { count, rate, type Tone } from './words.ts';

/** What a kind of job does, and what it counts. */
const KINDS: Readonly<Record<JobView['kind'], readonly [title: string, unit: string]>> = {
  history: ['Older history', 'chats'],
  'mark-read': ['Mark chats as read', 'chats'],
  'mark-community': ['Mark a community as read', 'groups'],
  'fetch-media': ['Fetch files', 'files'],
  export: ['Export', 'messages'],
  purge: ['Remove old messages', 'messages'],
  'rebuild-search': ['Rebuild the search index', 'messages'],
};

const STATES: Readonly<Record<JobView['status'], readonly [Tone | 'calm', string]>> = {
  queued: ['busy', 'waits for its turn'],
  running: ['busy', 'running'],
  waiting: ['ask', 'waiting'],
  paused: ['ask', 'paused'],
  interrupted: ['ask', 'interrupted, goes on by itself'],
  completed: ['good', 'done'],
  failed: ['bad', 'failed'],
  cancelled: ['calm', 'cancelled'],
};

export function jobTitle({ kind, total, chat_name, chat_jid }: JobReply): string {
  const [title] = KINDS[kind];
  const chat = chat_name ?? chat_jid;
  if (chat !== undefined) return kind === 'history' ? `${title} of ${chat}` : `${title}: ${chat}`;
  return kind === 'history' && total === 1 ? `${title} of one chat` : title;
}

export function jobState(job: JobView): { readonly tone: Tone | 'calm'; readonly text: string } {
  if (job.reason === QUEUE_PAUSED) return { tone: 'bad', text: 'its queue is paused' };
  const [tone, text] = STATES[job.status];
  const partly =
    job.status === 'completed' && (job.reason === 'some-stalled' || job.reason === 'some-failed');
  return partly ? { tone: 'ask', text: 'done, with gaps' } : { tone, text };
}

/** Counts and pace, most telling first. */
export function jobFigures(job: JobView): readonly string[] {
  const { done, total, ended } = job;
  const unit = KINDS[job.kind][1];
  const facts = objectOf(ended ? (job.result ?? job.facts) : job.facts);
  const number = (name: string) => (typeof facts[name] === 'number' ? facts[name] : null);
  const figures: string[] = [];
  if (total === 1) figures.push(`${count(done)} of 1 ${unit.replace(/s$/, '')}`);
  else if (total !== undefined) figures.push(`${count(done)} of ${count(total)} ${unit}`);
  else if (done > 0 || ended) figures.push(`${count(done)} ${unit}`);
  const fetched = number('messages_fetched');
  const added = number('messages_added');
  if (fetched !== null) figures.push(`${count(fetched)} messages fetched`);
  if (added !== null && added !== fetched) figures.push(`${count(added)} of them new`);
  const marked = number('marked');
  if (marked !== null) figures.push(`${count(marked)} messages marked`);
  const perSecond = number('messages_per_second');
  if (job.status === 'running' && perSecond !== null && perSecond > 0) figures.push(rate(perSecond));
  const stalled = number('stalled');
  if (ended && stalled !== null && stalled > 0) figures.push(`${count(stalled)} without an answer`);
  return figures;
}

/** When it will have ended at its present pace; null while that cannot be told. */
export function expectedEnd(job: JobView): string | null {
  const left = objectOf(job.facts).seconds_left;
  if (job.status !== 'running' || typeof left !== 'number') return null;
  return new Date(Date.parse(job.updated_at) + left * MILLISECONDS_PER_SECOND).toISOString();
}

/** Why it waits, how it ended, and what to do; not where the state and the buttons say it. */
export function jobReason(job: JobView): string | null {
  if (job.error !== undefined) return `${job.error.message} ${job.error.hint}`;
  if (job.status === 'paused' || job.status === 'cancelled' || job.reason === undefined) return null;
  return job.hint ?? job.reason;
}

function objectOf(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
}
