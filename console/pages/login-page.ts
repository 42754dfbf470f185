import { html } from 'hono/html';
import { type Html, layout } from './layout.ts';

export interface LoginFacts {
  /** What was typed is not the token. */
  readonly refused: boolean;
  /** The page that was asked for: a path of this service. */
  readonly next: string;
}

/** Asks for the access token; shown where one is set and the browser has not given it yet. */
export function loginPage({ refused, next }: LoginFacts): Html {
  return layout({
    title: 'Sign in · Tandem',
    body: html`<main class="narrow"><section class="card">
  <div class="brand"><img src="/assets/icon.svg" alt="" width="28" height="28"><span>Tandem</span></div>
  <p>This service is protected by an access token. The operator finds it with <code>tandem status --token</code>.</p>
  ${refused ? html`<p class="form-error" role="alert">This is not the token.</p>` : ''}
  <form method="post" action="/login">
    <input name="token" type="password" autocomplete="current-password" aria-label="Access token" required autofocus>
    <input name="next" type="hidden" value="${next}">
    <button>Open</button>
  </form>
</section></main>`,
  });
}
