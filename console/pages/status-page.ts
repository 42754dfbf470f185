import { html } from 'hono/html';
import type { JobsBoard } from '../view/jobs-source.ts';
import type { EngineStatusView, StatusView } from '../view/status.ts';
import { connectCard } from './connect-card.ts';
import { engineCard } from './engine-card.ts';
import { jobsCard } from './jobs-card.ts';
import { type Html, layout, timeTag } from './layout.ts';
import { linkCard } from './link-card.ts';
import { queueBanner } from './queue-banner.ts';
import { bytes, count, rate, serviceHeadline } from './words.ts';

/** The status page. Parts with `data-live` are swapped by id when something changes. `needsToken` = assistants must send one. */
export async function statusPage(status: StatusView, jobs: JobsBoard, needsToken: boolean): Promise<Html> {
  const headline = serviceHeadline(status);
  const waiting = toLink(status);
  const second = status.engines.some((engine) => engine.linked);
  const several = status.engines.length > 1;
  return layout({
    title: `${headline.text} · Tandem`,
    live: true,
    scripts: ['status.js'],
    style: 'status.css',
    body: html`
<header class="top">
  <h1 class="brand"><img src="/assets/icon.svg" alt="" width="28" height="28"><span>Tandem</span></h1>
  <div id="pill" data-live><span class="pill ${headline.tone}"><i></i>${headline.text}</span></div>
</header>
<p id="offline" class="banner bad" hidden>The service does not answer. It may have been stopped; this page keeps trying.</p>
<div id="warning" data-live>${
      status.test_server
        ? html`<p class="banner ask"><strong>Test server.</strong> Another server stands in for WhatsApp. Nothing here reaches real people.</p>`
        : ''
    }${
      status.store_error === null
        ? ''
        : html`<p class="banner bad"><strong>${status.store_error.message}</strong> ${status.store_error.hint}</p>`
    }${queueBanner(jobs.queue)}</div>
<main>
  <div id="link" data-live>${await Promise.all(
    waiting.map((engine) => linkCard(engine, second, several ? engine.engine : null)),
  )}</div>
  <div id="engines" data-live class="pair">${status.engines.map((engine) =>
    engineCard(engine, {
      linkedAbove: waiting.includes(engine),
      canLink: canStart(engine) && !waiting.includes(engine),
      several,
    }),
  )}</div>
  <section id="store" data-live class="stats" aria-label="What is in the store">${storeStats(status)}</section>
  <div id="jobs" data-live>${jobsCard(jobs)}</div>
  <p id="refused" class="banner bad" role="alert" hidden></p>
  ${connectCard(status, needsToken)}
</main>
<footer id="foot" data-live>
  <span>Tandem ${status.version}</span>
  <span>started ${timeTag(status.started_at)}</span>
  <span>sending is ${status.sending ? 'on' : 'off'}</span>
  <span>${count(status.sessions)} ${status.sessions === 1 ? 'assistant session' : 'assistant sessions'}</span>
  ${status.store === null ? '' : html`<span>${bytes(status.store.bytes)} on disk</span>`}
</footer>`,
  });
}

/** Those that wait for the phone now, else the first that could: two codes at a time only confuse the phone. */
function toLink({ engines }: StatusView): readonly EngineStatusView[] {
  const offering = engines.filter((engine) => !engine.linked && engine.offer !== null);
  if (offering.length > 0) return offering;
  const next = engines.find((engine) => !engine.linked && !BROKEN.has(engine.level));
  return next === undefined ? [] : [next];
}

/** These cannot be linked before something else is mended, which their card says. */
const BROKEN: ReadonlySet<EngineStatusView['level']> = new Set(['failed', 'conflict', 'stopped']);

function canStart({ linked, level }: EngineStatusView): boolean {
  return !linked && (level === 'unlinked' || level === 'logged-out');
}

function storeStats(status: StatusView): Html {
  const { store } = status;
  if (store === null) return html`<p class="muted">The store cannot be read at the moment.</p>`;
  const figures: readonly (readonly [string, string | Html])[] = [
    ['Messages', count(store.messages)],
    ['Chats', count(store.chats)],
    ['People', count(store.people)],
    ['Media', count(store.media)],
    ['Unread', count(store.unread)],
    ['Newest message', timeTag(store.newest_message_at)],
    ['Oldest message', timeTag(store.oldest_message_at, 'date')],
    ['Arriving', rate(status.ingest.messages_per_second)],
  ];
  return html`${figures.map(
    ([label, value]) => html`<div class="stat"><dt>${label}</dt><dd>${value}</dd></div>`,
  )}`;
}
