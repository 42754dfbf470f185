import { html } from 'hono/html';
import type { JobView } from '#sync-jobs/services/job-shape.ts';
import type { QueueView } from '../view/jobs.ts';
import type { JobBranch, JobsBoard } from '../view/jobs-source.ts';
import { expectedEnd, jobFigures, jobReason, jobState, jobTitle } from './job-words.ts';
import { type Html, timeTag, withCode } from './layout.ts';
import { count, type Tone } from './words.ts';

/** Long work: what runs, how far it is, and how to stop it. */
export function jobsCard({ open, ended, queue }: JobsBoard): Html {
  const fetching = open.some(({ job }) => job.kind === 'history');
  return html`<section class="card">
  <div class="row">
    <h2>Jobs</h2>
    <nav class="links" aria-label="More about jobs"><a href="/coverage">Coverage</a><a href="/queues">Queues</a></nav>
  </div>
  ${open.length === 0 ? html`<p class="muted">Nothing is running.</p>` : html`<ul class="jobs">${open.map((branch) => jobItem(branch, true))}</ul>`}
  ${fetching ? '' : retrieveButton()}
  ${
    ended.length === 0
      ? ''
      : html`<details class="ended"><summary>${count(ended.length)} ended</summary><ul class="jobs">${ended.map((branch) => jobItem(branch, true))}</ul></details>`
  }
  <p class="queue muted">${queueLine(queue)}</p>
</section>`;
}

function jobItem({ job, children }: JobBranch, steerable: boolean): Html {
  const { tone, text } = jobState(job);
  const reason = jobReason(job);
  const figures = jobFigures(job);
  return html`<li class="job">
    <div class="row">
      <h3><i class="dot ${tone}"></i>${jobTitle(job)}<span class="muted">${text}</span></h3>
      ${steerable ? buttons(job) : ''}
    </div>
    ${job.ended ? '' : bar(job)}
    <p class="figures">${figures.map((figure) => html`<span>${figure}</span>`)}${timing(job)}</p>
    ${reason === null ? '' : html`<p class="reason muted">${withCode(reason)}</p>`}
    ${children.length === 0 ? '' : html`<ul class="jobs">${children.map((child) => jobItem(child, false))}</ul>`}
  </li>`;
}

/** Without a known part the bar only says that something goes on; one that rests does not move. */
function bar({ job_id, kind, status, progress_percent: percent }: JobView): Html {
  const known = percent ?? (status === 'running' ? null : 0);
  const value = known === null || (known === 0 && status === 'running') ? null : known;
  const label = `Progress of ${kind}`;
  return value === null
    ? html`<progress max="100" aria-label="${label}"></progress>`
    : html`<progress max="100" value="${value}" data-key="${job_id}" aria-label="${label}"></progress>`;
}

function timing(job: JobView): Html {
  const end = expectedEnd(job);
  if (end !== null) return html`<span>ends ${timeTag(end)}</span>`;
  if (job.next_attempt_at !== undefined) return html`<span>goes on ${timeTag(job.next_attempt_at)}</span>`;
  if (job.ended_at !== undefined) return html`<span>${timeTag(job.ended_at)}</span>`;
  return html`<span>begun ${timeTag(job.created_at)}</span>`;
}

const LABELS = { pause: 'Pause', resume: 'Resume', cancel: 'Cancel' } as const;
type Action = keyof typeof LABELS;

function actionsOf({ status }: JobView): readonly Action[] {
  if (status === 'completed') return [];
  if (status === 'failed' || status === 'cancelled') return ['resume'];
  return status === 'paused' ? ['resume', 'cancel'] : ['pause', 'cancel'];
}

/** Hidden until the script is there, because the routes refuse what does not carry its header. */
function buttons(job: JobView): Html | string {
  const actions = actionsOf(job);
  if (actions.length === 0) return '';
  return html`<div class="actions" data-scripted hidden>${actions.map(
    (action) =>
      html`<button class="quiet" data-post="/api/jobs/${job.job_id}/${action}" aria-label="${LABELS[action]}: ${jobTitle(job)}">${LABELS[action]}</button>`,
  )}</div>`;
}

function retrieveButton(): Html {
  return html`<p class="retrieve" data-scripted hidden><button data-post="/api/history/retrieve">Get the whole history</button></p>`;
}

const QUEUE: Readonly<Record<QueueView['state'], readonly [Tone | 'calm', string]>> = {
  asleep: ['calm', 'asleep until there is something to do'],
  starting: ['busy', 'starting'],
  up: ['good', 'up'],
  down: ['bad', 'away; jobs go on once it is back'],
};

function queueLine({ backend, state, error, paused }: QueueView): Html {
  const [tone, text] = paused === undefined ? QUEUE[state] : ['bad', `paused: ${paused.join(', ')}`];
  return html`<i class="dot ${tone}"></i><span>Queue (${backend === 'redis' ? 'Redis' : 'embedded'}): ${text}${error === null ? '' : html` <code>${error}</code>`}</span>`;
}
