import { html } from 'hono/html';
import { gapReasons } from '#history/contracts/coverage.ts';
import { type CoverageReply, coverageStates } from '../view/coverage.ts';
import { REASON_WORDS, STATE_WORDS } from './coverage-words.ts';
import { type Html, layout } from './layout.ts';
import { pageHeader } from './page-header.ts';
import { count } from './words.ts';

type Totals = NonNullable<CoverageReply['totals']>;

/** The frame of the picture; coverage.js draws it from `GET /api/coverage`. */
export function coveragePage(totals: Totals): Html {
  return layout({
    title: 'Coverage · Tandem',
    scripts: ['coverage.js'],
    style: 'coverage.css',
    wide: true,
    body: html`
${pageHeader('Coverage')}
<noscript><meta http-equiv="refresh" content="0; url=/coverage/table"></noscript>
<p id="problem" class="banner bad" role="alert" hidden></p>
<main>
  <section class="card picture">
    <div class="row head">
      ${totalsList(totals)}
      <form class="tools" id="tools" role="search">
        <input name="text" type="search" placeholder="Name or number" aria-label="Filter by name or number" autocomplete="off">
        <select name="state" aria-label="Filter by state"><option value="">All states</option>${coverageStates.map(
          (state) => html`<option value="${state}">${STATE_WORDS[state]}</option>`,
        )}</select>
        <select name="sort" aria-label="Order">
          <option value="least">Least covered first</option><option value="newest">Newest first</option><option value="name">By name</option>
        </select>
        <select name="range" aria-label="Time shown">
          <option value="">All time</option><option value="365">Last year</option><option value="90">Last 90 days</option><option value="7">Last 7 days</option>
        </select>
      </form>
    </div>
    ${legend()}
    <div class="scroller" id="scroller">
      <div class="axis" aria-hidden="true"><span class="corner" id="shown">&nbsp;</span><div class="ticks" id="ticks"></div></div>
      <div class="rows" id="rows" role="listbox" tabindex="0" aria-label="Chats and what is held of them. Arrow keys move from chat to chat." aria-busy="true"></div>
      <p id="nothing" class="muted nothing" role="status"></p>
    </div>
    <p class="muted foot"><a href="/coverage/table">The 50 least covered as a table</a></p>
  </section>
</main>
<div id="detail" class="detail" aria-hidden="true" hidden></div>`,
  });
}

export function totalsList({ chats, ...states }: Totals): Html {
  return html`<dl class="totals" id="totals"><div><dt>Chats</dt><dd data-total="chats">${count(chats)}</dd></div>${coverageStates.map(
    (state) =>
      html`<div><dt>${STATE_WORDS[state]}</dt><dd data-total="${state}">${count(states[state])}</dd></div>`,
  )}</dl>`;
}

function legend(): Html {
  return html`<ul class="legend" aria-label="Legend">
      <li><i class="seg held"></i>held</li>
      <li><i class="seg held proven"></i>from the proven start</li>
      ${gapReasons.map((reason) => html`<li data-reason="${reason}"><i class="seg ${reason}"></i><span>${REASON_WORDS[reason]}</span></li>`)}
    </ul>`;
}
