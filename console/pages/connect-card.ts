import { html } from 'hono/html';
import type { StatusView } from '../view/status.ts';
import type { Html } from './layout.ts';

/** The token itself is on no page: whoever looks over a shoulder would have it. */
const PLACEHOLDER = 'ACCESS-TOKEN';

/** How an assistant reaches this service; text that is pasted as it stands, but for the token where one is set. */
export function connectCard(status: StatusView, needsToken: boolean): Html {
  const headers = needsToken ? { headers: { Authorization: `Bearer ${PLACEHOLDER}` } } : {};
  const server = { type: 'http', url: status.mcp_url, ...headers };
  const remote = JSON.stringify({ mcpServers: { tandem: server } }, null, 2);
  return html`<section class="card connect">
  <h2>Connect an assistant</h2>
  <p class="muted">Clients that speak HTTP take the address; desktop clients that start a program run <code>tandem mcp</code>.</p>
  <pre id="client-config">${remote}</pre>
  ${
    needsToken
      ? html`<p class="muted">Put the access token in the place of <code>${PLACEHOLDER}</code>: <code>tandem status --token</code> prints it.</p>`
      : ''
  }
  <button class="quiet" data-copy="client-config" data-scripted hidden>Copy</button>
</section>`;
}
