import { html } from 'hono/html';
import type { TandemError } from '#kernel/errors.ts';
import type { QueueView } from '../view/jobs.ts';
import { type Html, layout } from './layout.ts';
import { PAUSED_MEANS, pausedWords, RESUME_PATH } from './queue-banner.ts';

const LOOK_AGAIN_SECONDS = 1;
const TRY_AGAIN_SECONDS = 5;

/** Shown while the embedded queue starts. */
export function queueWakingPage(): Html {
  return layout({
    title: 'Queues · Tandem',
    reloadSeconds: LOOK_AGAIN_SECONDS,
    body: html`<main class="narrow"><section class="card waking" role="status">
  <h2><i class="dot busy"></i>The queue is waking up</h2>
  <p class="muted">While there is nothing to do it sleeps, to save memory. This takes some seconds; the page goes on by itself.</p>
  <progress aria-label="Starting"></progress>
</section></main>`,
  });
}

/** Tandem pauses no queue, but whoever reaches its Redis can. */
export function queuePausedPage(paused: readonly string[]): Html {
  return layout({
    title: 'Queues · Tandem',
    body: html`<main class="narrow"><section class="card" role="alert">
  <h2><i class="dot bad"></i>${pausedWords(paused)}</h2>
  <p>${PAUSED_MEANS}</p>
  <form method="post" action="${RESUME_PATH}"><button>Resume</button></form>
  <p>${paused.map((name) => html`<a href="/queues/queue/${name}">Entries of ${name}</a> · `)}<a href="/">Status page</a></p>
</section></main>`,
  });
}

/** Shown while the store of the queue cannot be reached. */
export function queueAwayPage(error: TandemError, { backend, error: reason }: QueueView): Html {
  return layout({
    title: 'Queues · Tandem',
    reloadSeconds: TRY_AGAIN_SECONDS,
    body: html`<main class="narrow"><section class="card" role="alert">
  <h2><i class="dot bad"></i>${error.message}</h2>
  <p>${error.hint}</p>
  <dl class="facts">
    <div><dt>Error</dt><dd><code>${error.code}</code></dd></div>
    <div><dt>Store of the queue</dt><dd>${backend === 'redis' ? 'Redis' : 'embedded'}${reason === null ? '' : html` <code>${reason}</code>`}</dd></div>
  </dl>
  <p><a href="/">Back to the status page</a></p>
</section></main>`,
  });
}
