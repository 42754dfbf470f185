import type { Client } from 'whatsapp-web.js';

export interface CallOptions {
  /** Milliseconds; TANDEM_WEBJS_CALL_TIMEOUT_MS when not given. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * The only way from the commands into the page. Every call has a deadline, and what it throws is a TandemError:
 * ENGINE_STARTING, NOT_AUTHENTICATED, NOT_CONNECTED = nothing reached the page; ENGINE_TIMEOUT = no answer in time;
 * CONNECTION_LOST = the page or the browser went away meanwhile; WHATSAPP_API_ERROR = the page threw, with
 * `details.reason` `page-changed` (a module or function is gone) or `page-error`, and `details.error`, its class.
 */
export interface Page {
  /** Runs `fn` inside the page. It may use nothing from outside but its arguments, which cross as JSON. */
  call<T, A extends readonly unknown[]>(
    name: string,
    fn: (...args: A) => T | Promise<T>,
    args: A,
    options?: CallOptions,
  ): Promise<T>;
  /** A call of the library: `run('getState', (client) => client.getState())`. */
  run<T>(name: string, act: (client: Client) => Promise<T>, options?: CallOptions): Promise<T>;
  /** The client that is ready now. Throws ENGINE_STARTING, NOT_AUTHENTICATED, NOT_CONNECTED. */
  client(): Client;
}
