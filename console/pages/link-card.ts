import { html, raw } from 'hono/html';
import QRCode from 'qrcode';
import type { EngineStatusView } from '../view/status.ts';
import type { Html } from './layout.ts';

/**
 * What a person needs to link an engine: the QR code or the pairing code, and the steps on the phone. `second` = another
 * engine is linked already, `name` = the engine is named because there are several.
 */
export async function linkCard(
  engine: EngineStatusView,
  second: boolean,
  name: string | null,
): Promise<Html> {
  const { offer } = engine;
  if (offer === null) return unlinkedCard(engine, second, name);
  const picture =
    offer.method === 'qr'
      ? html`<div class="qr">${raw(await QRCode.toString(offer.text, { type: 'svg', errorCorrectionLevel: 'L', margin: 2 }))}</div>`
      : html`<p class="code" aria-label="Pairing code">${groupCode(offer.code)}</p>`;
  return html`<section class="card link" data-engine="${engine.engine}">
  <div class="offer">${picture}<p class="muted" data-expires="${offer.expires_at}" data-method="${offer.method}">&nbsp;</p></div>
  <div>
    ${heading(second, name)}
    <ol>
      <li>Open <strong>WhatsApp</strong> on the phone.</li>
      <li>Go to <strong>Settings → Linked devices → Link a device</strong>.</li>
      ${
        offer.method === 'qr'
          ? html`<li>Point the phone at this code.</li>`
          : html`<li>Choose <strong>Link with phone number instead</strong> and enter this code.</li>`
      }
    </ol>
    ${offer.method === 'qr' ? codeForm(engine.engine) : startButton(engine.engine, 'Show a QR code instead')}
  </div>
</section>`;
}

function heading(second: boolean, name: string | null): Html {
  return html`<div class="row"><h2>${second ? 'Link the second device' : 'Link your phone'}</h2>${name === null ? '' : html`<span class="chip">${name}</span>`}</div>
    ${second ? html`<p class="muted">Once more, with the same phone: each engine is a linked device of its own.</p>` : ''}`;
}

function unlinkedCard(engine: EngineStatusView, second: boolean, name: string | null): Html {
  const canStart = engine.level === 'unlinked' || engine.level === 'logged-out';
  return html`<section class="card link" data-engine="${engine.engine}">
  <div class="offer"><div class="qr empty">${canStart ? 'No code yet' : 'A code appears here in a moment'}</div></div>
  <div>
    ${heading(second, name)}
    <p>Tandem joins your account as a linked device, like WhatsApp Web does. Your phone stays in charge: you can remove it there at any time.</p>
    ${canStart ? startButton(engine.engine, 'Show a QR code') : ''}
    ${canStart ? codeForm(engine.engine) : ''}
  </div>
</section>`;
}

/** Forms stay hidden until the script is there, because the routes refuse what does not carry its header. */
function codeForm(engine: string): Html {
  return html`<details data-scripted hidden>
      <summary>Link with a phone number instead</summary>
      <form data-action="link" data-engine="${engine}">
        <input name="phone" type="tel" autocomplete="off" placeholder="+49 151 12345678" aria-label="Phone number with country code" required>
        <button>Get a code</button>
        <p class="form-error" role="alert" hidden></p>
      </form>
    </details>
    <noscript><p class="muted">Or by phone number: <code>tandem link --phone +…</code></p></noscript>`;
}

export function startButton(engine: string, label: string, look: '' | 'quiet' = ''): Html {
  return html`<form data-scripted hidden data-action="link" data-engine="${engine}">
      <button class="${look}">${label}</button>
      <p class="form-error" role="alert" hidden></p>
    </form>
    <noscript><p class="muted">Run <code>tandem link</code> in a terminal.</p></noscript>`;
}

function groupCode(code: string): string {
  return code.length === 8 ? `${code.slice(0, 4)}-${code.slice(4)}` : code;
}
