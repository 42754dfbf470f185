import { DEFAULT_CONNECTION_CONFIG, WA_CERT_DETAILS } from '@whiskeysockets/baileys';
import { Agent, type Dispatcher } from 'undici';
import type { TestServer } from '#kernel/config.ts';

/** Where the library connects and how it downloads. */
export interface Upstream {
  readonly waUrl: string;
  /** For fetch; undefined = the default one. */
  readonly dispatcher: Dispatcher | undefined;
  readonly isTestServer: boolean;
}

/**
 * WhatsApp itself, or the server that stands in for it. The pinned root key is what proves that we talk to
 * WhatsApp, so it is replaced only here, and only with a TestServer, which kernel/config hands out only
 * together with the explicit unsafe switch.
 */
export function chooseUpstream(testServer: TestServer | null): Upstream {
  if (testServer === null) {
    return {
      waUrl: String(DEFAULT_CONNECTION_CONFIG.waWebSocketUrl),
      dispatcher: undefined,
      isTestServer: false,
    };
  }
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(testServer.waRootHex, 'hex');
  return {
    waUrl: testServer.waUrl,
    dispatcher: testServer.mediaUrl === null ? undefined : redirectTo(testServer.mediaUrl),
    isTestServer: true,
  };
}

/** History and app-state files carry no host; the library then names WhatsApp's own. */
function redirectTo(base: string): Dispatcher {
  const { origin } = new URL(base);
  return new Agent().compose((dispatch) => (options, handler) => dispatch({ ...options, origin }, handler));
}
