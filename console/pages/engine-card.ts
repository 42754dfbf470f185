import { html } from 'hono/html';
import type { EngineStatusView } from '../view/status.ts';
import { type Html, timeTag, withCode } from './layout.ts';
import { startButton } from './link-card.ts';
import { count, engineWords, headlineOf } from './words.ts';

export interface CardPlace {
  /** The card above says how this engine is linked. */
  readonly linkedAbove: boolean;
  /** It could be linked too, although another one comes first. */
  readonly canLink: boolean;
  /** It is one of several engines. */
  readonly several: boolean;
}

/** One engine: what it is doing, why, since when, what to do, and what it gave. */
export function engineCard(engine: EngineStatusView, { linkedAbove, canLink, several }: CardPlace): Html {
  const { tone, text } = headlineOf(engine);
  const calm = engine.reason === 'none' || (engine.reason === 'not-linked' && linkedAbove);
  return html`<section class="card engine">
  <div class="row">
    <h2><i class="dot ${tone}"></i>${text}</h2>
    <span class="chip" title="${engineWords[engine.engine]}">${engine.engine}</span>
  </div>
  ${calm ? '' : html`<p class="reason">${withCode(engine.means)} <span class="muted">${withCode(actionHere(engine))}</span></p>`}
  ${engine.recovery?.state === 'running' ? html`<p class="muted">Being brought back on request (${engine.recovery.mode}), begun ${timeTag(engine.recovery.started_at)}.</p>` : ''}
  ${engine.level === 'syncing' ? syncBar(engine) : ''}
  ${canLink ? startButton(engine.engine, 'Show a QR code', 'quiet') : ''}
  <dl class="facts">
    ${fact('Account', accountText(engine))}
    ${fact('Last change', timeTag(engine.since))}
    ${engine.connected_since === null ? '' : fact('Connected', timeTag(engine.connected_since))}
    ${engine.next_attempt_at === null ? '' : fact('Next attempt', html`${timeTag(engine.next_attempt_at)} (number ${engine.reconnect_attempts + 1})`)}
    ${
      engine.last_disconnect === null || engine.last_disconnect.reason === 'restart-required'
        ? ''
        : fact(
            'Last disconnect',
            html`${timeTag(engine.last_disconnect.at)} <span class="muted">${engine.last_disconnect.reason === engine.reason ? '' : engine.last_disconnect.means}</span>`,
          )
    }
    ${engine.contributed === null || !several ? '' : contributionFacts(engine.contributed)}
    ${engine.browser === null ? '' : browserFacts(engine.browser)}
    ${engine.error === null ? '' : fact('Last error', html`<code>${engine.error.code}</code> ${engine.error.message}`)}
  </dl>
  ${engine.impaired.length === 0 ? '' : impairedList(engine)}
</section>`;
}

/** Elsewhere it says to open this page. */
function actionHere({ reason, action }: EngineStatusView): string {
  return reason === 'not-linked' ? 'Scan its QR code, which this page shows, or run `tandem link`.' : action;
}

function contributionFacts({ messages, only }: NonNullable<EngineStatusView['contributed']>): Html {
  return html`${fact('Messages seen', count(messages))}
    ${fact('Seen by no other', count(only))}`;
}

function browserFacts(browser: NonNullable<EngineStatusView['browser']>): Html {
  const process = browser.pid === null ? 'not running' : `pid ${browser.pid}`;
  const restarts = browser.restarts === 0 ? '' : `, ${count(browser.restarts)} × restarted`;
  return html`${fact('Browser', html`${browser.version ?? browser.executable} <span class="muted">${process}${restarts}</span>`)}
    ${browser.page_version === null ? '' : fact('WhatsApp Web', browser.page_version)}
    ${
      browser.last_page_error === null
        ? ''
        : fact(
            'Last error of the page',
            html`<code>${browser.last_page_error.name}</code> ${timeTag(browser.last_page_error.at)}`,
          )
    }`;
}

/** What works on this engine and does not now; the other engine serves it meanwhile. */
function impairedList(engine: EngineStatusView): Html {
  return html`<p class="muted">Not working now: ${engine.impaired.map(
    ({ capability, error }) => html`<code title="${error.message}">${capability}</code> `,
  )}</p>`;
}

function fact(label: string, value: string | Html): Html {
  return html`<div><dt>${label}</dt><dd>${value}</dd></div>`;
}

function accountText(engine: EngineStatusView): string | Html {
  if (engine.account === null) return html`<span class="none">none linked</span>`;
  const { name, number } = engine.account;
  if (name === null) return number ?? 'linked';
  return html`<bdi>${name}</bdi> <span class="muted whole">${number ?? ''}</span>`;
}

function syncBar(engine: EngineStatusView): Html {
  const { percent, messages, chats } = engine.sync;
  return html`<div class="sync">
    ${percent === null ? html`<progress max="100" aria-label="History"></progress>` : html`<progress max="100" value="${percent}" aria-label="History"></progress>`}
    <p class="muted">${percent === null ? '' : `${Math.floor(percent)} % · `}${count(messages)} messages in ${count(chats)} chats so far. You can use it meanwhile.</p>
  </div>`;
}
