import { html } from 'hono/html';
import type { ChatCoverageView, CoverageReply } from '../view/coverage.ts';
import { totalsList } from './coverage-page.ts';
import { REASON_WORDS, STATE_WORDS } from './coverage-words.ts';
import { type Html, layout, timeTag } from './layout.ts';
import { pageHeader } from './page-header.ts';
import { count } from './words.ts';

/** The least covered chats in words: without script, and for whoever would rather read than look. */
export function coverageTable(
  totals: NonNullable<CoverageReply['totals']>,
  chats: readonly ChatCoverageView[],
): Html {
  return layout({
    title: 'Coverage · Tandem',
    scripts: ['times.js'],
    style: 'coverage.css',
    wide: true,
    body: html`
${pageHeader('Coverage')}
<main>
  <section class="card picture">
    ${totalsList(totals)}
    <div class="sideways">
    <table>
      <caption>The ${count(chats.length)} least covered chats. <a href="/coverage">All of them as a picture</a></caption>
      <thead><tr><th scope="col">Chat</th><th scope="col" class="roomy">State</th><th scope="col" class="number">Held</th><th scope="col" class="number roomy">Messages</th><th scope="col" class="roomy">Oldest</th><th scope="col">Missing</th></tr></thead>
      <tbody>${chats.map(row)}</tbody>
    </table>
    </div>
  </section>
</main>`,
  });
}

const MISSING_SHOWN = 3;

function row(chat: ChatCoverageView): Html {
  const more = chat.missing.length - MISSING_SHOWN;
  return html`<tr><th scope="row"><bdi>${chat.name}</bdi></th><td class="roomy">${STATE_WORDS[chat.state]}</td><td class="number">${chat.held_percent} %</td>
    <td class="number roomy">${count(chat.messages)}</td><td class="roomy">${timeTag(iso(chat.first_at), 'date')}</td>
    <td>${chat.missing.slice(0, MISSING_SHOWN).map(([from, to, reason]) => html`<div>${from === 0 ? 'before ' : html`${timeTag(iso(from), 'date')} – `}${timeTag(iso(to), 'date')}: ${REASON_WORDS[reason]}</div>`)}${more > 0 ? html`<div class="muted">and ${count(more)} more</div>` : ''}</td></tr>`;
}

const iso = (seconds: number | null) => (seconds === null ? null : new Date(seconds * 1_000).toISOString());
