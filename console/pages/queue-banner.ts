import { html } from 'hono/html';
import type { QueueView } from '../view/jobs.ts';
import { type Html, timeTag } from './layout.ts';

/** Where a queue that is paused is set going again. */
export const RESUME_PATH = '/queues/resume';

/** A job does not know that its queue is paused, so it cannot say so itself. */
export const PAUSED_MEANS = 'Somebody paused it outside of Tandem, and its jobs stand still.';

export function pausedWords(paused: readonly string[]): string {
  return `The queue of ${paused.join(', ')} is paused`;
}

const REMEDIES: Readonly<Record<QueueView['backend'], Html>> = {
  redis: html`See that Redis runs where <code>TANDEM_REDIS_URL</code> points; <code>tandem doctor</code> says what is wrong.`,
  embedded: html`It is opened again by itself; restart the service if that goes on.`,
};

/** Why no job moves, and what to do; empty while they can. */
export function queueBanner({ backend, state, error, since, paused }: QueueView): Html | string {
  if (state === 'down') {
    const code = error === null ? '' : html` (<code>${error}</code>)`;
    return html`<p class="banner bad"><strong>The job queue is away, so no job moves.</strong> Lost ${timeTag(since)}${code}. ${REMEDIES[backend]} Jobs are kept in the database and go on by themselves.</p>`;
  }
  if (paused === undefined) return '';
  return html`<div class="banner bad row">
  <span><strong>${pausedWords(paused)}.</strong> ${PAUSED_MEANS}</span>
  <button class="quiet" data-post="${RESUME_PATH}" data-scripted hidden>Resume</button>
  <noscript><a href="/queues">Resume</a></noscript>
</div>`;
}
