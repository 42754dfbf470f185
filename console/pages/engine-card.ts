import { html } from 'hono/html';
import type { EngineStatusView } from '../view/status.ts';
import { type Html, timeTag, withCode } from './layout.ts';
import { count, headlineOf } from './words.ts';

/** One engine: what it is doing, why, since when, what to do. */
export function engineCard(engine: EngineStatusView): Html {
  const { tone, text } = headlineOf(engine);
  const calm = engine.reason === 'none';
  return html`<section class="card engine">
  <div class="row">
    <h2><i class="dot ${tone}"></i>${text}</h2>
    <span class="chip">${engine.engine}</span>
  </div>
  ${calm ? '' : html`<p class="reason">${withCode(engine.means)} <span class="muted">${withCode(engine.action)}</span></p>`}
  ${engine.level === 'syncing' ? syncBar(engine) : ''}
  <dl class="facts">
    ${fact('Account', accountText(engine))}
    ${fact('In this state since', timeTag(engine.since))}
    ${engine.connected_since === null ? '' : fact('Connected since', timeTag(engine.connected_since))}
    ${engine.next_attempt_at === null ? '' : fact('Next attempt', html`${timeTag(engine.next_attempt_at)} (number ${engine.reconnect_attempts + 1})`)}
    ${
      engine.last_disconnect === null || engine.last_disconnect.reason === 'restart-required'
        ? ''
        : fact(
            'Last disconnect',
            html`${timeTag(engine.last_disconnect.at)} <span class="muted">${engine.last_disconnect.means}</span>`,
          )
    }
    ${engine.error === null ? '' : fact('Last error', html`<code>${engine.error.code}</code> ${engine.error.message}`)}
  </dl>
</section>`;
}

function fact(label: string, value: string | Html): Html {
  return html`<div><dt>${label}</dt><dd>${value}</dd></div>`;
}

function accountText(engine: EngineStatusView): string | Html {
  if (engine.account === null) return html`<span class="none">none linked</span>`;
  const { name, number } = engine.account;
  if (name === null) return number ?? 'linked';
  return html`<bdi>${name}</bdi> <span class="muted">${number ?? ''}</span>`;
}

function syncBar(engine: EngineStatusView): Html {
  const { percent, messages, chats } = engine.sync;
  return html`<div class="sync">
    ${percent === null ? html`<progress max="100" aria-label="History"></progress>` : html`<progress max="100" value="${percent}" aria-label="History"></progress>`}
    <p class="muted">${percent === null ? '' : `${Math.floor(percent)} % · `}${count(messages)} messages in ${count(chats)} chats so far. You can use it meanwhile.</p>
  </div>`;
}
