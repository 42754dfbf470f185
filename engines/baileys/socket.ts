import {
  type AuthenticationCreds,
  Browsers,
  makeWASocket,
  type SignalKeyStore,
  type WASocket,
  type WAVersion,
} from '@whiskeysockets/baileys';
import type { GroupCache } from './group-cache.ts';
import { type Intake, isNoChat } from './intake.ts';
import type { LibraryLogger } from './library-logger.ts';
import type { SentStore } from './sent-store.ts';
import type { Upstream } from './test-server.ts';

export type { WASocket };

/** Nothing that the engine asks may hang longer; the library's own default is a minute. */
const QUERY_TIMEOUT_MS = 20_000;

export interface SocketParts {
  readonly creds: AuthenticationCreds;
  readonly keys: SignalKeyStore;
  readonly logger: LibraryLogger;
  readonly upstream: Upstream;
  /** Null = the one the library was released with. */
  readonly version: WAVersion | null;
  readonly sent: SentStore;
  readonly groups: GroupCache;
  readonly intake: Intake;
}

/** One connection. A closed socket never revives; the next connection is a new one with new caches. */
export function openSocket({
  creds,
  keys,
  logger,
  upstream,
  version,
  sent,
  groups,
  intake,
}: SocketParts): WASocket {
  return makeWASocket({
    auth: { creds, keys },
    logger,
    waWebSocketUrl: upstream.waUrl,
    ...(version === null ? {} : { version }),
    // Read at pairing: a desktop is offered the full history.
    browser: Browsers.macOS('Desktop'),
    syncFullHistory: true,
    // Otherwise the phone stops showing notifications.
    markOnlineOnConnect: false,
    defaultQueryTimeoutMs: QUERY_TIMEOUT_MS,
    // History is taken from the raw announcement (see intake.ts), in all its types. The library would
    // acknowledge it first, then download, merge and deduplicate in memory, where a crash loses it for good. What
    // it does besides (identity pairs, trust tokens, app state) is done in history.ts and app-state.ts.
    shouldSyncHistoryMessage: () => false,
    shouldIgnoreJid: isNoChat,
    makeSignalRepository: intake.makeSignalRepository,
    getMessage: async (key) => (key.id ? (sent.get(key.id)?.message ?? undefined) : undefined),
    cachedGroupMetadata: async (jid) => groups.get(jid),
    // A failed write ends the socket; trying again behind its back would only delay that.
    transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
    options: upstream.dispatcher === undefined ? {} : ({ dispatcher: upstream.dispatcher } as RequestInit),
  });
}
