import type { HistoryRun } from './history-shape.ts';

/** What is said of a chat while a job is to fetch its history: where that job stands, and what to do meanwhile. */
export interface RunAdvice {
  /** It goes on by itself. */
  readonly isActive: boolean;
  readonly hint: string;
  readonly nextStep: string;
}

/** Never sends anybody to begin a second job beside the first. */
export function adviceOfRun({ status, hint, next_attempt_at, job_id }: HistoryRun): RunAdvice {
  const isPaused = status === 'paused';
  return {
    isActive: !isPaused,
    hint:
      status === 'running'
        ? 'Older messages are being fetched.'
        : `${WORDS[status] ?? ''} ${hint ?? ''}`.trim(),
    nextStep: isPaused ? resume(job_id) : wait(job_id, next_attempt_at),
  };
}

const WORDS: Readonly<Partial<Record<HistoryRun['status'], string>>> = {
  queued: 'A job is to fetch older messages.',
  interrupted: 'A job is to fetch older messages.',
  waiting: 'The job that fetches older messages waits.',
  paused: 'The job that fetches older messages is paused.',
};

function resume(id: string | undefined): string {
  return id === undefined
    ? 'Another client has paused that job, and can resume it; so can the status page.'
    : `resume_sync with job_id ${id} goes on. Do not begin another one.`;
}

function wait(id: string | undefined, nextAttemptAt: string | undefined): string {
  const until = nextAttemptAt === undefined ? '' : ` Its next attempt is at ${nextAttemptAt}.`;
  const how =
    id === undefined ? 'get_sync_status shows how far it is.' : `get_job with job_id ${id} follows it.`;
  return `Wait: it goes on by itself.${until} ${how} Do not begin another one.`;
}
