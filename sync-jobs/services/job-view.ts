import { endedStates, type JobRecord, type JobState, type JobWish } from '#history/contracts/jobs.ts';
import type { Times } from '#orchestrator/services/present/times.ts';
import { compact } from '#orchestrator/services/reply.ts';
import { NOTHING_TO_ASK, PURGED } from '#orchestrator/services/status/advice.ts';
import { GO_ON_HINT, isAtRest } from '../jobs.ts';
import { factsOf, resultOf } from './job-facts.ts';
import type { JobView } from './job-shape.ts';

/** Reasons of waiting and of ends → what it means and what to do. A code that is not here speaks for itself. */
const HINTS: Readonly<Record<string, string>> = {
  'queue-away':
    'The queue (Redis) cannot be reached; this goes on by itself once it can. `tandem doctor` says what is wrong with it.',
  'first-sync': 'The phone is still pushing its first history; this goes on behind it.',
  'no-engine': 'No engine is connected; it goes on by itself once one is. See backend_status.',
  'not-linked': 'No engine is linked to the account: link one, and it goes on by itself.',
  'phone-silent':
    'The phone does not answer. It must be on and online; it is asked again at next_attempt_at.',
  'rate-limited': 'WhatsApp asked to slow down; it goes on at next_attempt_at.',
  stalled: 'Some chats stay silent; they are asked again at next_attempt_at.',
  busy: 'Another worker is at these chats; it goes on in a moment.',
  child: 'It waits for the history of its chats.',
  'some-stalled':
    'For some chats the phone did not answer, whatever was tried. Try again later with fetch_history.',
  'some-failed': 'Some parts failed; the others are done. The same call again tries those that failed.',
  'downloads-per-minute':
    'As many files as the setting allows a minute were fetched; it goes on in a moment.',
  'not-on-phone': 'The file is neither on the server nor on the phone any more.',
  'no-answer-from-phone':
    'The server has dropped the file, and the phone did not answer. Try again with the phone online.',
  expired: 'The server has dropped the file, and no engine can ask the phone for it.',
  'message-gone': 'The message is not stored any more.',
  'already-there': 'The file was on the disk already.',
  'empty-chat': 'There was nothing to mark.',
  'start-proven': 'The beginning is there: the phone said that nothing older exists.',
  'nothing-to-ask': NOTHING_TO_ASK,
  purged: PURGED,
  'nothing-older-came': 'Nothing older came, and the phone did not say that this is the beginning.',
  'max-messages': 'The limit of messages is reached; there may be more. Fetch again to go on.',
  until: 'The date that was asked for is reached.',
  'no-anchor': 'There is no message in this chat to ask from. Once one arrives, its history can be fetched.',
  silent:
    'The phone says nothing about this chat, whatever was tried. It is asked again at next_attempt_at, or by fetch_history.',
  refused:
    'The engines could not ask for this chat. It is tried again at next_attempt_at, or by fetch_history.',
  'other-chat':
    'The phone answered with another chat each time; that was stored where it belongs. Try again later with fetch_history.',
  'gaps-left':
    'The oldest messages are there, but the phone stayed silent about some in between. Try again with fetch_history.',
  'chat-gone': 'The chat is not there any more.',
  'chat-deleted': 'The chat was deleted on the phone: there is nothing to fetch. What is stored stays.',
};

const HINT_OF_STATE: Readonly<Partial<Record<JobState, string>>> = {
  queued: 'It waits for its turn.',
  paused:
    'Resume it with resume_sync and its job_id (tool set history), or end it with cancel_sync and begin the same again.',
  interrupted: 'The service was stopped in the middle; it goes on by itself.',
  cancelled: `What was done stays. ${GO_ON_HINT}`,
  failed: `See error. ${GO_ON_HINT}`,
};

/** All that a job may be explained with. */
export const jobHints: readonly string[] = [
  ...Object.values(HINTS),
  ...Object.values(HINT_OF_STATE),
  GO_ON_HINT,
];

/** While a step is still under way. */
const HINT_OF_WISH: Readonly<Partial<Record<JobWish, string>>> = {
  pause: 'It pauses once the step under way is done; nothing more is to be done for that.',
  cancel: 'It ends once the step under way is done; what was done stays.',
};

const WAITS_FOR_THE_QUEUE: readonly JobState[] = ['queued', 'waiting', 'interrupted'];

/** `isQueueAway` = nothing that waits can begin now. */
export function viewOf(job: JobRecord, times: Times, isQueueAway = false): JobView {
  const reason = isQueueAway && WAITS_FOR_THE_QUEUE.includes(job.state) ? 'queue-away' : job.reason;
  const at = (ms: number | null) => (ms === null ? undefined : times.isoMs(ms));
  const stopping = job.wish !== 'run' && !isAtRest(job);
  const waits = job.state === 'waiting' && job.nextTurnAtMs !== null;
  return compact({
    job_id: job.id,
    kind: job.kind,
    status: job.state,
    ended: endedStates.includes(job.state),
    stopping: stopping || undefined,
    reason: reason ?? undefined,
    hint: (stopping ? HINT_OF_WISH[job.wish] : hintOf(reason)) ?? job.error?.hint ?? HINT_OF_STATE[job.state],
    done: job.done,
    total: job.total ?? undefined,
    progress_percent: percentOf(job),
    next_attempt_at: waits ? at(job.nextTurnAtMs) : undefined,
    facts: factsOf(job, times),
    result: resultOf(job, times),
    error: job.error ?? undefined,
    parent_job_id: job.parentId ?? undefined,
    created_at: times.isoMs(job.createdAtMs),
    started_at: at(job.startedAtMs),
    updated_at: times.isoMs(job.updatedAtMs),
    ended_at: at(job.endedAtMs),
  });
}

export function hintOf(reason: string | null): string | undefined {
  return reason === null ? undefined : HINTS[reason];
}

function percentOf({ state, done, total }: JobRecord): number | undefined {
  if (state === 'completed') return 100;
  if (total === null || total === 0) return undefined;
  return Math.min(100, Math.floor((done / total) * 100));
}
