import { html } from 'hono/html';
import type { StatusView } from '../view/status.ts';
import type { Html } from './layout.ts';

/** How an assistant reaches this service; text that is pasted as it stands. */
export function connectCard(status: StatusView): Html {
  const remote = JSON.stringify({ mcpServers: { tandem: { type: 'http', url: status.mcp_url } } }, null, 2);
  return html`<section class="card connect">
  <h2>Connect an assistant</h2>
  <p class="muted">Clients that speak HTTP take the address; desktop clients that start a program run <code>tandem mcp</code>.</p>
  <pre id="client-config">${remote}</pre>
  <button class="quiet" data-copy="client-config" data-scripted hidden>Copy</button>
</section>`;
}
