import { html } from 'hono/html';
import { TandemError } from '#kernel/errors.ts';
import type { QueueView } from '../view/jobs.ts';
import { type Html, timeTag } from './layout.ts';

/** Where a queue that is paused is set going again. */
export const RESUME_PATH = '/queues/resume';

/** A job does not know that its queue is paused, so it cannot say so itself. */
export const PAUSED_MEANS = 'Somebody paused it outside of Tandem, and its jobs stand still.';

export function pausedWords(paused: readonly string[]): string {
  return `The queue of ${paused.join(', ')} is paused`;
}

/** Why no job moves, and what to do; empty while they can. */
export function queueBanner({ state, error, since, paused }: QueueView): Html | string {
  if (state === 'down') {
    const { message, hint } = new TandemError('QUEUE_UNAVAILABLE');
    return html`<p class="banner bad"><strong>${message}</strong> No job moves meanwhile (${error === null ? '' : html`<code>${error}</code>, `}${timeTag(since)}). ${hint}</p>`;
  }
  if (paused === undefined) return '';
  return html`<div class="banner bad row">
  <span><strong>${pausedWords(paused)}.</strong> ${PAUSED_MEANS}</span>
  <button class="quiet" data-post="${RESUME_PATH}" data-scripted hidden>Resume</button>
  <noscript><a href="/queues">Resume</a></noscript>
</div>`;
}
