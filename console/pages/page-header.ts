import { html } from 'hono/html';
import type { Html } from './layout.ts';

/** The head of the pages beside the status page, with the way back to it. */
export function pageHeader(title: string): Html {
  return html`<header class="top">
  <a class="brand" href="/"><img src="/assets/icon.svg" alt="" width="28" height="28"><span>Tandem</span></a>
  <nav class="links" aria-label="Pages"><a href="/">Status</a><a href="/queues">Queues</a></nav>
</header>
<div class="title"><h1>${title}</h1></div>`;
}
